"""CouchDB's protocol under `/sync/`. Views read a request, call one service, and answer.

server       the root, sessions, uuids
databases    databases and what is asked of them as a whole
documents    one document
copying      a document under another id
bulk         many documents
all_docs     documents by id
changes      the feed
attachments  the files of a document
checkpoints  `_local` documents
"""
