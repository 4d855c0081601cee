"""XLSForm: forms as spreadsheets, in and out.

Form designers know it from ODK and Kobo. Its conditions are parsed by `elementpath`, of which
nothing else of the project knows.
"""
