"""``python -m kubectl_gitops``."""

from kubectl_gitops.main import main

main()
