"""The use cases: read what is needed, ask the pure packages, write what they decide.

kanaf         the service's parts, put together
caller        who asks
accounts      users, devices, passwords, sessions
vault         sealing of bodies and attachments
incoming      a document as it arrives
pushing       writes into any database
case_record   the pipeline of case databases, one record at a time
open_record   plain CouchDB semantics
fanout        inboxes after the directory has changed
documents     reading documents
feed          the changes feed
"""
