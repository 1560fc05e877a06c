# A container for machines that MXNet does not run on. book/how-to-run.md says how to use it.
#
# It is made for the processor of the machine: x86-64, or 64-bit Arm as in Apple's.

FROM debian:trixie-slim AS packages
COPY apt*.txt /
RUN apt-get update \
    && apt-get install -y $(cat /apt.txt /apt-$(dpkg --print-architecture).txt) \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --create-home reader && install --directory --owner=reader /book
ENV LANG=C.UTF-8

FROM packages
USER reader
WORKDIR /book
# What the environment is made from comes first: a change of anything else does not make it again.
COPY --chown=reader Makefile requirements.lock pyproject.toml ./
COPY --chown=reader tools/environment.py tools/
RUN make .venv/complete.json
COPY --chown=reader . .
RUN make environment
# The volume of `docker run -v gluonbook:/book` begins as a copy of this folder.
EXPOSE 8888
CMD ["make", "lab", "ARGS=--ip=0.0.0.0 --no-browser"]
