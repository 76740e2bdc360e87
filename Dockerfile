# digestbot with everything it can do (building digests, PostgreSQL), as a user without rights, its data in /data:
#   docker build -t digestbot .
#   docker run --rm -it -v digestbot:/data digestbot init
#   docker run -d --name digestbot --restart unless-stopped -v digestbot:/data digestbot

FROM python:3.13-slim AS build
WORKDIR /source
COPY requirements-setup.lock requirements-build.lock requirements-postgres.lock ./
RUN python -m venv /opt/setup \
 && /opt/setup/bin/python -m pip install --no-cache-dir --require-hashes -r requirements-setup.lock \
 && python -m venv --without-pip /opt/digestbot \
 && /opt/setup/bin/uv pip install --no-cache --python /opt/digestbot/bin/python --compile-bytecode \
    --require-hashes -r requirements-build.lock -r requirements-postgres.lock
COPY pyproject.toml README.md LICENSE ./
COPY digestbot digestbot
COPY migrations migrations
RUN /opt/setup/bin/python -m hatchling build -t wheel -d /dist \
 && /opt/setup/bin/uv pip install --no-cache --python /opt/digestbot/bin/python --compile-bytecode --no-deps /dist/*.whl

FROM python:3.13-slim
RUN groupadd --system --gid 10001 digestbot \
 && useradd --system --uid 10001 --gid digestbot --home-dir /data --no-create-home --shell /usr/sbin/nologin digestbot \
 && install -d -o digestbot -g digestbot -m 0700 /data
COPY --from=build /opt/digestbot /opt/digestbot
# Bytecode is compiled above, and nothing of the image is written to. Metrics are served to the container itself, for
# the health check: /health is there wherever anything is served.
ENV PATH=/opt/digestbot/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    XDG_DATA_HOME=/data \
    DIGESTBOT_METRICS=true
WORKDIR /data
USER digestbot
VOLUME /data
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=60s --timeout=20s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f\"http://127.0.0.1:{os.environ.get('DIGESTBOT_PORT', '8080')}/health\", timeout=15)"]
ENTRYPOINT ["digestbot"]
CMD ["run"]
