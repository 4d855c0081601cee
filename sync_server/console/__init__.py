"""Web pages for supervisors. They show what the services tell, in the reader's language; nothing is
decided here, and no page runs a script.
"""
