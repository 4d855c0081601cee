"""The demo: a server full of invented cases, to look at, to sync with and to try things on.

names       invented names, in Arabic and in Latin letters
stories     what is written in free text
cases       plausible cases as documents
places      services of the open database
waiting     what is left to people: a clash, and a refused document
setting_up  accounts, databases and cases of a new demo
welcome     what a demo says of itself when it starts
"""
