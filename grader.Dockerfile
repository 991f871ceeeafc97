# The image in which submissions run: programs and libraries, no test, no answer, no compiler. One for all chapters.
#
#     make image                                                  a GPU host
#     make image BASE_IMAGE=python:3.11-slim-bookworm TORCH_INDEX=…   a host without one, with an index of CPU builds
#
# Any Debian or Ubuntu whose Python is that of the grader (3.11 to 3.13) will do as a base; the two must agree, because
# tests send functions. Layers stand in the order in which they change: this package's own code comes last.
ARG BASE_IMAGE=nvidia/cuda:12.8.1-base-ubuntu24.04

FROM ${BASE_IMAGE} AS python
ENV DEBIAN_FRONTEND=noninteractive LANG=C.UTF-8
RUN python3 -c 'import ensurepip' 2> /dev/null \
    || (apt-get update && apt-get install -y --no-install-recommends python3 python3-venv ca-certificates \
        && rm -rf /var/lib/apt/lists/*)
RUN python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
    || (echo "the base image has no Python 3.11 or newer: choose another BASE_IMAGE" >&2; exit 1)
RUN useradd --uid 1000 --create-home student

FROM python AS packages
ENV PATH=/opt/grader/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python3 -m venv /opt/grader
# Wheels that lie in wheels/ of the build context are taken before those of an index.
ARG TORCH=torch==2.13.0
ARG TORCH_INDEX=
COPY grader.Dockerfile wheels* /wheels/
RUN pip install --find-links /wheels ${TORCH_INDEX:+--extra-index-url ${TORCH_INDEX}} "${TORCH}"
# What notebooks may import besides; a course adds its own: EXTRA="scipy scikit-learn".
ARG EXTRA=
COPY constraints.txt autograder/grading/sandbox/requirements.txt /tmp/
RUN pip install -c /tmp/constraints.txt -r /tmp/requirements.txt ${EXTRA} && pip uninstall -y pip

FROM python
COPY --from=packages /opt/grader /opt/grader
ENV PATH=/opt/grader/bin:$PATH PYTHONPATH=/opt/grader/code OMP_NUM_THREADS=1 NVIDIA_DRIVER_CAPABILITIES=compute,utility
LABEL org.opencontainers.image.title="autograder-grader" \
    org.opencontainers.image.description="Where submissions of the course run; holds no test and no answer"
COPY autograder/__init__.py /opt/grader/code/autograder/
COPY autograder/grading/__init__.py autograder/grading/wire.py autograder/grading/codec.py \
    autograder/grading/decoding.py autograder/grading/encoding.py /opt/grader/code/autograder/grading/
COPY autograder/grading/sandbox/*.py /opt/grader/code/autograder/grading/sandbox/
RUN python -m compileall -q /opt/grader/code
USER student
WORKDIR /home/student
CMD ["python", "-c", "print('This image is started by: autograder grade --isolation docker')"]
