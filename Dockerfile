# The image of the Jobs that `graylane up --detach` makes, from the packed package:
#
#   npm pack
#   docker build --tag IMAGE .
#
# It has the command line and nothing else: no shell, no package manager, no user but one without rights.
FROM node:22-bookworm-slim AS package
WORKDIR /app
COPY graylane-*.tgz ./
RUN npm install --omit=dev --ignore-scripts --no-audit --no-fund ./graylane-*.tgz @kubernetes/client-node@1

FROM gcr.io/distroless/nodejs22-debian12
COPY --from=package /app/node_modules /app/node_modules
# By number: a cluster that lets nobody run as root has to see that this is not.
USER 65532
ENTRYPOINT ["/nodejs/bin/node", "/app/node_modules/graylane/build/cli/main.js"]
