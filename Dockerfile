# One image for every box; the role is the command: python -m services.gateway
ARG PYTHON_VERSION=3.13
FROM python:${PYTHON_VERSION}-slim

# Where pip needs a mirror, its address comes from outside: by these arguments, or by a base image with its own pip.conf.
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
ARG PIP_TRUSTED_HOST

WORKDIR /app
ENV PYTHONUNBUFFERED=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore

# Dependencies before code: editing a box does not install anything again.
COPY requirements.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements.txt

# The user of all boxes. FOGBANK_UID is the caller's own id, so that labs/ can be read whatever its modes; never root's.
ARG FOGBANK_UID=10001
RUN useradd --non-unique --uid "$FOGBANK_UID" --user-group --no-create-home --home-dir /tmp --shell /usr/sbin/nologin fogbank \
    && install -d -o fogbank -g fogbank -m 0700 /var/lib/fogbank

COPY . .
RUN chmod -R a+rX /app && python -m compileall -q /app
ENV PYTHONDONTWRITEBYTECODE=1 HOME=/tmp FOGBANK_HOME=/var/lib/fogbank

USER fogbank
CMD ["python", "-m", "services.gateway"]
