"""Over TLS only servers are spoken to whose certificate is trusted."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.replicator.front import front
from tests.replicator.running import Pair, leaves
from tests.replicator.test_copying import fill


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of this machine's, signed by itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a test")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    form, encoding = serialization.PrivateFormat.PKCS8, serialization.Encoding.PEM
    secret = key.private_bytes(encoding, form, serialization.NoEncryption())
    file.write_bytes(secret + made.public_bytes(encoding))
    return file


def test_a_certificate_that_nobody_vouches_for_ends_it_and_a_trusted_one_does_not(
    pair: Pair, certificate: Path
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    fill(pair.source)
    with front(pair.there.port, tls=tls) as port:
        address = pair.at(port).replace("http:", "https:")
        distrusted = pair.run(target=address, expect=2)
        said = pair.run(target=address, SSL_CERT_FILE=str(certificate))

    assert "is not trusted here" in distrusted.lines
    assert distrusted.lines.count("\n") == 1
    assert said.written == 19
    assert leaves(pair.target) == leaves(pair.source)
