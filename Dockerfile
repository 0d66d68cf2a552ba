# Isthmus for the CPU, from its wheel, as a user without privileges:
#   docker build -t isthmus .
#   docker run --rm -v "$PWD:/data" isthmus train customers.csv
ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS build
WORKDIR /source
COPY constraints.txt pyproject.toml README.md LICENSE ./
COPY src src
RUN pip install --no-cache-dir -c constraints.txt build \
    && python -m build --wheel --outdir /wheels

FROM python:${PYTHON}-slim
LABEL org.opencontainers.image.title="Isthmus" \
      org.opencontainers.image.licenses="Apache-2.0"

# PyTorch's own index has the CPU build, without the CUDA packages of several GB.
COPY --from=build /wheels /wheels
COPY constraints.txt /wheels/
RUN pip install --no-cache-dir -c /wheels/constraints.txt \
        --extra-index-url https://download.pytorch.org/whl/cpu /wheels/*.whl \
    && rm -rf /wheels \
    && useradd --create-home isthmus \
    && install -d -o isthmus -g isthmus /data

# Caches belong where any user may write, for `docker run --user`.
ENV MPLCONFIGDIR=/tmp/matplotlib \
    PYTHONUNBUFFERED=1
USER isthmus
WORKDIR /data
ENTRYPOINT ["isthmus"]
CMD ["--help"]
