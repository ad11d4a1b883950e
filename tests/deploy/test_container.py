"""What goes into the build of the image: the same for docker, podman and buildah."""

import program

# docker reads this name alone; podman and buildah do where there is no `.containerignore`. Beside
# the file of the image, one of its own name would come before both.
IGNORED = program.PROJECT / ".dockerignore"


def test_one_file_says_for_every_builder_what_stays_outside():
    others = [
        program.PROJECT / ".containerignore",
        *program.PROJECT.glob("deploy/*.containerignore"),
        *program.PROJECT.glob("deploy/*.dockerignore"),
    ]
    assert IGNORED.exists()
    assert not [path for path in others if path.exists()]


def test_neither_what_was_built_nor_history_is_sent():
    assert {"build", ".cache", ".git"} <= set(IGNORED.read_text().split())


def test_whatever_git_ignores_stays_outside_too():
    ignored = (program.PROJECT / ".gitignore").read_text().split()
    # A name without a slash is meant at any depth by git, at the top alone by docker.
    meant = {path.strip("/") if path.startswith("/") else "**/" + path.strip("/") for path in ignored}
    assert meant <= set(IGNORED.read_text().split())
