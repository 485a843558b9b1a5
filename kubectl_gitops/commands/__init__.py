"""One module a command: parse options, call the pipeline, print, return an exit code."""
