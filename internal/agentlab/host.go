package agentlab

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
)

// Machine is a stand-in for rpm-ostree's state: the booted deployment, others, and what was staged.
type Machine struct {
	mu          sync.Mutex
	Deployments []Deployment
	// Known are the releases that can be staged: checksum to version.
	Known map[string]string
	// Fail, if it returns a text, makes a call fail with it.
	Fail func(Call) string
	// Finalized is called by finalize-deployment.
	Finalized func(target string)
}

// Deployment is one entry of "rpm-ostree status --json".
type Deployment struct {
	Booted    bool           `json:"booted"`
	Staged    bool           `json:"staged"`
	Checksum  string         `json:"checksum"`
	Base      string         `json:"base-checksum,omitempty"`
	Version   string         `json:"version"`
	Meta      map[string]any `json:"base-commit-meta"`
	Reference string         `json:"container-image-reference,omitempty"`
	Digest    string         `json:"container-image-reference-digest,omitempty"`
}

// StreamMeta is commit metadata of the container-native kind with a stream.
func StreamMeta(stream string) map[string]any {
	return map[string]any{
		"ostree.manifest": fmt.Sprintf(`{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:%s","size":2},"layers":[],"annotations":{"fedora-coreos.stream":%q}}`, strings.Repeat("aa", 32), stream),
	}
}

// Host returns a machine that booted a commit of the stream "stable".
func Host(version, checksum string) *Machine {
	return &Machine{
		Deployments: []Deployment{{Booted: true, Checksum: checksum, Version: version, Meta: StreamMeta("stable")}},
		Known:       map[string]string{},
	}
}

// Answer does what rpm-ostree would do.
func (m *Machine) Answer(c Call) Reply {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.Fail != nil {
		if text := m.Fail(c); text != "" {
			return Reply{Stderr: text, Exit: 1}
		}
	}
	args := c.Args[1:]
	switch args[0] {
	case "status":
		list := m.Deployments
		if len(args) > 1 && args[1] == "--booted" {
			list = nil
			for _, d := range m.Deployments {
				if d.Booted {
					list = append(list, d)
				}
			}
		}
		b, _ := json.Marshal(map[string]any{"deployments": list, "transaction": nil})
		return Reply{Stdout: string(b) + "\n"}
	case "deploy":
		if len(args) > 1 && args[1] == "" {
			return Reply{}
		}
		for _, a := range args[1:] {
			if sum, ok := strings.CutPrefix(a, "revision="); ok {
				m.stage(Deployment{Staged: true, Checksum: sum, Version: m.Known[sum], Meta: StreamMeta("stable")})
			}
		}
		return Reply{}
	case "rebase":
		return Reply{}
	case "cleanup":
		m.stage(Deployment{})
		return Reply{}
	case "finalize-deployment":
		if m.Finalized != nil {
			m.Finalized(args[1])
		}
		return Reply{}
	}
	return Reply{Stderr: "error: Unknown command '" + args[0] + "'\n", Exit: 1}
}

// stage replaces the staged deployment; one without version only removes it.
func (m *Machine) stage(d Deployment) {
	list := m.Deployments[:0:0]
	if d.Version != "" {
		list = append(list, d)
	}
	for _, o := range m.Deployments {
		if !o.Staged {
			list = append(list, o)
		}
	}
	m.Deployments = list
}

// Node is one release of a graph made by GraphJSON.
type Node struct {
	Version, Payload string
	Age              int
	Meta             map[string]string
}

// GraphJSON returns a graph of checksum nodes.
func GraphJSON(edges [][2]int, nodes ...Node) string {
	type node struct {
		Version  string            `json:"version"`
		Payload  string            `json:"payload"`
		Metadata map[string]string `json:"metadata"`
	}
	list := []node{}
	for _, n := range nodes {
		meta := map[string]string{"org.fedoraproject.coreos.scheme": "checksum", "org.fedoraproject.coreos.releases.age_index": fmt.Sprint(n.Age)}
		for k, v := range n.Meta {
			meta[k] = v
		}
		list = append(list, node{n.Version, n.Payload, meta})
	}
	if edges == nil {
		edges = [][2]int{}
	}
	b, _ := json.Marshal(map[string]any{"nodes": list, "edges": edges})
	return string(b)
}
