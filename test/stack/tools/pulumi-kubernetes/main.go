// Pulumi's Kubernetes provider, as a program: in its module the file of its own main that it embeds is not there.
package main

import (
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

// The schema is looked into for the input properties of what is imported, and for nothing else.
const schema = `{"name": "kubernetes", "resources": {
	"kubernetes:apps/v1:Deployment": {"inputProperties": {"apiVersion": {}, "kind": {}, "metadata": {}, "spec": {}}}
}}`

func main() {
	// The tests install the same version of @pulumi/kubernetes.
	version.Version = "4.25.0"
	provider.Serve("kubernetes", version.Version, []byte(schema), []byte("{}"))
}
