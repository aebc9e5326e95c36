// The published CRDs of the gateways, by pinned versions. Nothing is compiled: see ../crds.ts.
module graylane.io/test/gateways/crds

go 1.24.0

require (
	github.com/traefik/traefik/v3 v3.7.13
	istio.io/api v1.31.4
	sigs.k8s.io/gateway-api v1.4.1
)
