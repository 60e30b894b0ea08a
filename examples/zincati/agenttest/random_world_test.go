//go:build linux

package agenttest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"

	"github.com/nestos-dev/nestos/internal/agentlab"
)

// world is one random world: what the agent reads, and what everything that it asks answers. All of it is decided by
// the seed before the agent starts, so that two programs that do the same see the same.
type world struct {
	seed  uint64
	rng   *rand.Rand
	files map[string]string
	// calls is after how many calls of programs and servers the world stands still.
	calls int
	// verbosity are the -v options.
	verbosity []string
	// windows says that reboots have windows.
	windows bool
	// env are arguments of env(1) that change the environment.
	env []string

	graphs, locks []answer
	logins        []reply
	pkexecs       []reply
	verbs         map[string][]outcome

	mu          sync.Mutex
	deployments []map[string]any
	known       map[string]string // payload to version
	count       map[string]int
	image       bool
}

// outcome is what a run of rpm-ostree does.
type outcome struct {
	reply
	// what is staged: "" as wanted, "version", "payload", "nothing", "stream", "no-stream", "not-staged".
	staged string
}

func (w *world) pick(list ...string) string { return list[w.rng.IntN(len(list))] }

// one is true once in n cases.
func (w *world) one(n int) bool { return w.rng.IntN(n) == 0 }

const digestRepo = "quay.io/acme/os"

func (w *world) payload(n int) string {
	if w.image {
		return digestRepo + "@sha256:" + sum(n)
	}
	return sum(n)
}

// newWorld makes the world of a seed, for a server at url.
func newWorld(seed uint64, url string) *world {
	w := &world{seed: seed, rng: rand.New(rand.NewPCG(seed, 7)), files: map[string]string{}, known: map[string]string{},
		count: map[string]int{}, verbs: map[string][]outcome{}}
	w.calls = 8 + w.rng.IntN(14)
	w.verbosity = [][]string{{"-v"}, {"-v"}, {"-v"}, {}}[w.rng.IntN(4)]
	w.image = w.one(3)
	w.host()
	w.configure(url)
	for range 1 + w.rng.IntN(5) {
		w.graphs = append(w.graphs, w.graphAnswer())
	}
	for range 1 + w.rng.IntN(6) {
		w.locks = append(w.locks, w.lockAnswer())
	}
	for range 1 + w.rng.IntN(3) {
		w.logins = append(w.logins, w.login())
		w.pkexecs = append(w.pkexecs, reply{Exit: w.rng.IntN(2) * 3, Stderr: w.pick("", "no\n"), Stdout: w.pick("", "yes\n")})
	}
	if w.one(12) && !w.windows {
		w.env = [][]string{{"-u", "NOTIFY_SOCKET"}, {"NOTIFY_SOCKET=/nowhere/notify"}, {"NOTIFY_SOCKET=@abstract-nowhere"}}[w.rng.IntN(3)]
		w.verbosity = []string{"-v"}
	}
	for _, verb := range []string{"register", "status", "deploy", "cleanup", "finalize-deployment"} {
		if w.one(2) {
			for range w.rng.IntN(4) {
				w.verbs[verb] = append(w.verbs[verb], w.outcome(verb))
			}
		}
	}
	return w
}

func (w *world) outcome(verb string) (o outcome) {
	if w.one(2) {
		o.Exit = 1 + w.rng.IntN(3)
		o.Stderr = w.pick("", "error: busy\n", "error: two\n  lines\n\n", "  error: ünïcode \t ", "warning\nerror: x")
	}
	switch {
	case verb == "deploy" && w.one(2):
		o.staged = w.pick("version", "payload", "nothing", "stream", "no-stream", "not-staged")
	case verb == "status" && w.one(4):
		o = outcome{reply: reply{Stdout: w.pick(`{"deployments":[]}`+"\n", `{"deployments":[],"other":{"deployments":1}}`)}}
	}
	if verb == "deploy" && o.Exit == 0 {
		o.Stderr = w.pick("", "note\n")
	}
	return o
}

// stream returns commit metadata that tells the stream in one of the ways.
func (w *world) stream(name string) map[string]any {
	meta := agentlab.StreamMeta(name)
	image := fmt.Sprintf(`{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["sha256:%s"]},"history":[{"created":"2024-01-01T00:00:00Z"}],"config":{"Labels":{"com.coreos.stream":%q,"other":"x"}}}`, sum(1), name)
	switch w.rng.IntN(4) {
	case 0:
		meta["ostree.container.image-config"] = image
	case 1:
		meta = map[string]any{"ostree.container.image-config": image}
	case 2:
		meta["other"] = []any{1, "x", nil}
	}
	return meta
}

func (w *world) deployment(n int, version string) map[string]any {
	d := map[string]any{"booted": false, "checksum": sum(n), "version": version, "base-commit-meta": w.stream("stable")}
	if w.one(3) {
		d["staged"] = false
	}
	if w.one(3) && !w.image {
		d["base-checksum"], d["checksum"] = sum(n), sum(n+100)
	}
	if w.one(4) {
		d["extra"], d["packages"], d["pinned"] = map[string]any{"a": 1.5}, []string{"vim"}, true
	}
	if w.image {
		d["container-image-reference"] = w.pick("ostree-image-signed:docker://quay.io/acme/os:stable", "ostree-unverified-registry:quay.io/acme/os:stable",
			"ostree-image-signed:docker://quay.io/acme/os:40.1", "ostree-remote-registry:fedora:quay.io/acme/os", "ostree-remote-image:r:registry:quay.io/acme/os:stable",
			"ostree-unverified-image:docker://quay.io/acme/os@sha256:"+sum(n), "ostree-unverified-registry:quay.io/acme/os:stable@sha256:"+sum(n))
		d["container-image-reference-digest"] = "sha256:" + sum(n)
		if w.one(12) {
			d["container-image-reference"] = w.pick("ostree-image-signed:oci:/var/x", "quay.io/acme/os:stable", "")
		}
		if w.one(20) {
			delete(d, "container-image-reference-digest")
		}
	}
	return d
}

// host makes the deployments.
func (w *world) host() {
	booted := w.deployment(1, "40.1")
	booted["booted"] = true
	w.deployments = append(w.deployments, booted)
	for range w.rng.IntN(3) {
		n := 2 + w.rng.IntN(6)
		d := w.deployment(n, versionOf(n))
		if w.one(3) {
			d["version"] = w.pick("other", "39.0", "40.1")
		}
		if w.one(3) {
			w.deployments = append([]map[string]any{d}, w.deployments...)
		} else {
			w.deployments = append(w.deployments, d)
		}
	}
	if w.one(4) {
		n := 2 + w.rng.IntN(6)
		d := w.deployment(n, versionOf(n))
		d["staged"] = true
		w.deployments = append([]map[string]any{d}, w.deployments...)
	}
	if w.one(10) {
		d := w.deployment(1, "40.1")
		d["booted"] = !w.one(3)
		b, _ := json.Marshal(d)
		w.files["/run/zincati/booted-status-override.json"] = string(b)
	}
	w.files["/etc/machine-id"] = w.pick("c0ffee00c0ffee00c0ffee00c0ffee00\n", "c0ffee00c0ffee00c0ffee00c0ffee00", "3d1219c7-c4c5-404a-aa1f-6d2a48adfda4 \n\n", "3D1219C7C4C5404AAA1F6D2A48ADFDA4\n")
	w.files["/etc/localtime"] = "link:/usr/share/zoneinfo/Asia/Tokyo"
	w.files["/proc/cmdline"] = w.pick("root=UUID=1 ignition.platform.id=qemu rw\n", "ignition.platform.id= ignition.platform.id=aws ignition.platform.id=x", "a  ignition.platform.id=a=b\n")
}

func versionOf(n int) string {
	return []string{"", "40.1", "40.2", "40.10", "40.3", "39.9", "41", "40.2"}[n%8]
}

// reply to rpm-ostree.
func (w *world) rpmOSTree(c call) reply {
	verb := c.Args[1]
	switch {
	case verb == "deploy" && c.Args[2] == "":
		verb = "register"
	case verb == "rebase":
		verb = "deploy"
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	var o outcome
	n := w.count[verb]
	w.count[verb]++
	if first := w.verbs["status-first"]; verb == "status" && n == 0 && first != nil {
		return first[0].reply
	}
	// The first status decides whether the agent starts at all.
	if verb == "status" {
		n--
	}
	if list := w.verbs[verb]; n >= 0 && n < len(list) {
		o = list[n]
	}
	if o.Exit != 0 || o.Stdout != "" {
		return o.reply
	}
	switch verb {
	case "status":
		list := []map[string]any{}
		for _, d := range w.deployments {
			if c.Args[2] != "--booted" || d["booted"] == true {
				list = append(list, d)
			}
		}
		b, _ := json.Marshal(map[string]any{"deployments": list, "transaction": nil, "cached-update": nil})
		o.Stdout = string(b)
	case "deploy":
		w.stage(c.Args, o.staged)
	case "cleanup":
		w.unstage()
	}
	return o.reply
}

func (w *world) unstage() {
	var list []map[string]any
	for _, d := range w.deployments {
		if d["staged"] != true {
			list = append(list, d)
		}
	}
	w.deployments = list
}

// stage does what the arguments of deploy or rebase say, or what goes wrong with it.
func (w *world) stage(args []string, how string) {
	w.unstage()
	if how == "nothing" {
		return
	}
	reference := w.deployments[0]["container-image-reference"]
	sum := ""
	for i, a := range args {
		if text, ok := strings.CutPrefix(a, "revision="); ok {
			sum = text
		}
		if text, ok := strings.CutPrefix(a, "sha256:"); ok {
			sum = text
			if args[1] == "rebase" {
				reference = args[i-1]
			}
		}
	}
	payload := sum
	if w.image {
		payload = digestRepo + "@sha256:" + sum
	}
	d := map[string]any{"booted": false, "staged": true, "checksum": sum, "version": w.known[payload], "base-commit-meta": agentlab.StreamMeta("stable")}
	if w.image {
		d["checksum"], d["container-image-reference"], d["container-image-reference-digest"] = strings.Repeat("ee", 32), reference, "sha256:"+sum
	}
	switch how {
	case "version":
		d["version"] = "another"
	case "payload":
		d["checksum"], d["container-image-reference-digest"] = strings.Repeat("dd", 32), "sha256:"+strings.Repeat("dd", 32)
	case "stream":
		d["base-commit-meta"] = agentlab.StreamMeta("next")
	case "no-stream":
		d["base-commit-meta"] = map[string]any{}
	case "not-staged":
		d["staged"] = false
	}
	w.deployments = append([]map[string]any{d}, w.deployments...)
}

// login is what loginctl says.
func (w *world) login() reply {
	if w.one(2) {
		return reply{Stdout: w.pick("[]\n", "[]", ` [ ] `)}
	}
	if w.one(4) {
		return reply{Exit: 1, Stderr: w.pick("no bus\n", "")}
	}
	return reply{Stdout: w.pick(
		`[{"session":"1","uid":0,"user":"root","seat":null,"tty":"nestos-nothing"},{"user":"core","tty":null},{"user":"core"}]`,
		`[{"user":"core","tty":null}]`, `[{"user":"a","tty":"nestos-nothing","x":{}},{"user":"b","tty":null}]`, "{}", "[1]", "[")}
}
