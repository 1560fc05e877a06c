# A container for machines that MXNet does not run on. book/how-to-run.md says how to use it.
#
# It is made for the processor of the machine: x86-64, or 64-bit Arm as in Apple's.

FROM debian:trixie-slim
COPY .ci/packages /book/.ci/
RUN /book/.ci/packages && rm -rf /var/lib/apt/lists/*
RUN useradd --create-home reader && chown reader /book
ENV LANG=C.UTF-8
USER reader
WORKDIR /book
# What the environment is made from comes first: a change of anything else does not make it again.
COPY --chown=reader Makefile requirements.lock pyproject.toml ./
COPY --chown=reader tools/environment.py tools/
# The folder `wheels` is there if somebody has kept packages: book/mxnet-today.md, "If PyPI deletes MXNet".
COPY --chown=reader requirements.lock wheel[s]/* wheels/
RUN make .venv/complete.json
COPY --chown=reader . .
# The novel, if it can be had; and the folder of the reader's own copies, where a volume begins
# as a copy of it, with the same owner.
RUN make environment && (make data || true) && mkdir -p my-chapter
EXPOSE 8888
CMD ["make", "lab", "ARGS=--ip=0.0.0.0 --no-browser"]
