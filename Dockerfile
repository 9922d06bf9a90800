# The local server in a container, for tests in any language: docs/integration.md, "Docker".

FROM rust:1-slim-bookworm AS build
WORKDIR /build
COPY . .
# Link-time optimisation takes most of a release build's time, and a local server gains little.
ENV CARGO_PROFILE_RELEASE_LTO=false CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16
RUN cargo install --path local --locked --root /installed

FROM debian:bookworm-slim
RUN useradd --create-home --uid 10001 payments
# For TRUST_STORE=system: the image has no certificates of its own.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /installed/bin/atdd-payments /usr/local/bin/
USER payments
WORKDIR /home/payments
EXPOSE 9090 9098
# The image has no curl, but bash can open a connection.
HEALTHCHECK --interval=1s --timeout=6s --start-period=30s CMD ["bash", "-c", \
    "exec 3<>/dev/tcp/127.0.0.1/9090 && printf 'GET /__local/health HTTP/1.0\\r\\n\\r\\n' >&3 && grep --quiet '^HTTP/1.. 200' <&3"]
# Options of `docker run` come after this one. Ports are changed by mapping them.
ENTRYPOINT ["atdd-payments", "--host", "0.0.0.0"]
