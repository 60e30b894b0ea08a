package cincinnati_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
)

// The index and updates of the worked example: 1.2 has no x86_64.
const exampleUpdates = `{"stream":"stable","metadata":{"last-modified":"now"},"releases":[
 {"version":"1.1","metadata":{"barrier":{"reason":"why"}}},
 {"version":"1.3","metadata":{"deadend":{"reason":"bad"}}},
 {"version":"1.4","metadata":{"rollout":{"start_percentage":1.0}}},
 {"version":"1.5","metadata":{"rollout":{"start_epoch":1700000000,"start_percentage":0.25,"duration_minutes":1440}}},
 {"version":"9.9","metadata":{"rollout":{}}}]}`

func exampleIndex() string {
	var b strings.Builder
	b.WriteString(`{"note":"x","releases":[`)
	for i := range 6 {
		arch := "x86_64"
		if i == 2 {
			arch = "s390x"
		}
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, `{"version":"1.%d","metadata":"https://h/%d","commits":[{"architecture":%q,"checksum":"c%d"},{"architecture":"aarch64","checksum":"a%d"}],
		"oci-images":[{"architecture":%q,"image":"q","digest-ref":"quay.io/os@sha256:%d"}]}`, i, i, arch, i, i, arch, i)
	}
	return b.String() + `]}`
}

func mustBuild(t testing.TB, index, updates, arch string, scheme cincinnati.Scheme) *cincinnati.Graph {
	t.Helper()
	ix, err := cincinnati.ParseReleaseIndex([]byte(index))
	if err != nil {
		t.Fatal(err)
	}
	up, err := cincinnati.ParseUpdates([]byte(updates))
	if err != nil {
		t.Fatal(err)
	}
	return cincinnati.Build(ix, up, arch, scheme)
}

func TestBuildWorkedExample(t *testing.T) {
	g := mustBuild(t, exampleIndex(), exampleUpdates, "x86_64", cincinnati.Checksum)
	const prefix = "org.fedoraproject.coreos."
	want := `{"nodes":[` +
		`{"version":"1.0","metadata":{"P.releases.age_index":"0","P.scheme":"checksum"},"payload":"c0"},` +
		`{"version":"1.1","metadata":{"P.releases.age_index":"1","P.scheme":"checksum","P.updates.barrier":"true","P.updates.barrier_reason":"why"},"payload":"c1"},` +
		`{"version":"1.3","metadata":{"P.releases.age_index":"3","P.scheme":"checksum","P.updates.deadend":"true","P.updates.deadend_reason":"bad"},"payload":"c3"},` +
		`{"version":"1.4","metadata":{"P.releases.age_index":"4","P.scheme":"checksum","P.updates.rollout":"true","P.updates.start_value":"1"},"payload":"c4"},` +
		`{"version":"1.5","metadata":{"P.releases.age_index":"5","P.scheme":"checksum","P.updates.duration_minutes":"1440","P.updates.rollout":"true","P.updates.start_epoch":"1700000000","P.updates.start_value":"0.25"},"payload":"c5"}` +
		`],"edges":[[0,1],[1,3],[1,4],[3,4]]}`
	want = strings.ReplaceAll(want, "P.", prefix)
	if got := string(g.AppendJSON(nil)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	images := mustBuild(t, exampleIndex(), exampleUpdates, "x86_64", cincinnati.OCI)
	if images.Nodes[2].Payload != "quay.io/os@sha256:3" || images.Nodes[2].Metadata[prefix+"scheme"] != "oci" || !slices.Equal(images.Edges, g.Edges) {
		t.Errorf("images: %s", images.AppendJSON(nil))
	}
	if all := mustBuild(t, exampleIndex(), exampleUpdates, "aarch64", cincinnati.Checksum); len(all.Nodes) != 6 || all.Nodes[2].Version != "1.2" {
		t.Errorf("aarch64: %s", all.AppendJSON(nil))
	}
	if none := mustBuild(t, exampleIndex(), exampleUpdates, "mips", cincinnati.Checksum); string(none.AppendJSON(nil)) != `{"nodes":[],"edges":[]}` {
		t.Errorf("mips: %s", none.AppendJSON(nil))
	}
}

func TestBuildPayloads(t *testing.T) {
	index := `{"releases":[
	 {"version":"0","metadata":""},
	 {"version":"1","metadata":"","commits":null,"oci-images":null},
	 {"version":"2","metadata":"","commits":[],"oci-images":[]},
	 {"version":"3","metadata":"","commits":[{"architecture":"a","checksum":""}],"oci-images":[{"architecture":"a","digest-ref":""}]},
	 {"version":"4","metadata":"","commits":[{"architecture":"a","checksum":"x"},{"architecture":"a","checksum":"y"},{"architecture":"a","checksum":""},{"architecture":"b","checksum":"z"}]}]}`
	g := mustBuild(t, index, `{"releases":[]}`, "a", cincinnati.Checksum)
	if len(g.Nodes) != 1 || g.Nodes[0].Payload != "y" || g.Nodes[0].Metadata[cincinnati.MetaAgeIndex] != "4" {
		t.Errorf("%s", g.AppendJSON(nil))
	}
	if g := mustBuild(t, index, `{"releases":[]}`, "a", cincinnati.OCI); len(g.Nodes) != 0 {
		t.Errorf("%s", g.AppendJSON(nil))
	}
	ix, err := cincinnati.ParseReleaseIndex([]byte(index))
	if err != nil || len(cincinnati.Build(ix, nil, "a", cincinnati.Checksum).Nodes) != 1 {
		t.Errorf("without updates: %v", err)
	}
}

func TestBuildMetadataTexts(t *testing.T) {
	for in, want := range map[string]string{
		"0.0": "0", "1.0": "1", "0.25": "0.25", "1e-7": "0.0000001", "1.5": "1.5", "0.1": "0.1", "0": "0", "1": "1",
		"0.30000000000000004": "0.30000000000000004", "123456789e3": "123456789000",
	} {
		updates := `{"releases":[{"version":"1.0","metadata":{"rollout":{"start_percentage":` + in + `,"start_epoch":-3,"duration_minutes":18446744073709551615}}}]}`
		m := mustBuild(t, exampleIndex(), updates, "x86_64", cincinnati.Checksum).Nodes[0].Metadata
		if m[cincinnati.MetaStartValue] != want || m[cincinnati.MetaStartEpoch] != "-3" || m[cincinnati.MetaDurationMinutes] != "18446744073709551615" {
			t.Errorf("%s: %v, want %s", in, m, want)
		}
	}
	// Several entries apply in order, and an empty reason is generic.
	updates := `{"releases":[
	 {"version":"1.0","metadata":{"barrier":{"reason":"a"},"rollout":{"start_epoch":1,"start_percentage":0.5}}},
	 {"version":"1.0","metadata":{"barrier":{"reason":""},"deadend":{"reason":""},"rollout":{"start_epoch":2}}},
	 {"version":"1.0","metadata":{"barrier":null,"deadend":null,"rollout":null}}]}`
	m := mustBuild(t, exampleIndex(), updates, "x86_64", cincinnati.Checksum).Nodes[0].Metadata
	for k, want := range map[string]string{
		cincinnati.MetaBarrier: "true", cincinnati.MetaBarrierReason: "generic", cincinnati.MetaDeadend: "true", cincinnati.MetaDeadendReason: "generic",
		cincinnati.MetaRollout: "true", cincinnati.MetaStartEpoch: "2", cincinnati.MetaStartValue: "0.5",
	} {
		if m[k] != want {
			t.Errorf("%s = %q, want %q", k, m[k], want)
		}
	}
}

// The edges against the two rules as they are written: for rollouts, then for barriers.
func TestBuildEdgesRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	for range 500 {
		n := r.IntN(30)
		ix := new(cincinnati.ReleaseIndex)
		up := new(cincinnati.Updates)
		var barriers, rollouts []int
		dead := map[int]bool{}
		for i := range n {
			v := fmt.Sprint(i)
			ix.Releases = append(ix.Releases, cincinnati.IndexRelease{Version: v, Commits: []cincinnati.IndexCommit{{Architecture: "a", Checksum: v}}})
			u := cincinnati.Update{Version: v}
			if r.IntN(5) == 0 {
				u.Barrier = new(cincinnati.Reason)
				barriers = append(barriers, i)
			}
			if r.IntN(5) == 0 {
				u.Rollout = new(cincinnati.UpdateRollout)
				rollouts = append(rollouts, i)
			}
			if r.IntN(8) == 0 {
				u.Deadend = new(cincinnati.Reason)
				dead[i] = true
			}
			up.Releases = append(up.Releases, u)
		}
		var want []cincinnati.Edge
		add := func(from, to int) {
			for k := from; k < to; k++ {
				if !dead[k] {
					want = append(want, cincinnati.Edge{uint64(k), uint64(to)})
				}
			}
		}
		for _, to := range rollouts {
			p := 0
			for _, b := range barriers {
				if b < to {
					p = b
				}
			}
			add(p, to)
		}
		s := 0
		for _, b := range barriers {
			if !slices.Contains(rollouts, b) {
				add(s, b)
			}
			s = b
		}
		slices.SortFunc(want, func(a, b cincinnati.Edge) int { return slices.Compare(a[:], b[:]) })
		if got := cincinnati.Build(ix, up, "a", cincinnati.Checksum).Edges; !slices.Equal(got, want) {
			t.Fatalf("barriers %v, rollouts %v, dead %v: %v, want %v", barriers, rollouts, dead, got, want)
		}
	}
}

func TestBuildIsBounded(t *testing.T) {
	const n = 3000
	ix, up := new(cincinnati.ReleaseIndex), new(cincinnati.Updates)
	for i := range n {
		v := fmt.Sprint(i)
		ix.Releases = append(ix.Releases, cincinnati.IndexRelease{Version: v, Commits: []cincinnati.IndexCommit{{Architecture: "a", Checksum: v}}})
		up.Releases = append(up.Releases, cincinnati.Update{Version: v, Rollout: new(cincinnati.UpdateRollout)})
	}
	if g := cincinnati.Build(ix, up, "a", cincinnati.Checksum); len(g.Edges) != cincinnati.MaxEdges {
		t.Errorf("%d edges", len(g.Edges))
	}
}

func TestParseIndexRefuses(t *testing.T) {
	release := func(s string) string { return `{"releases":[` + s + `]}` }
	for doc, want := range map[string]string{
		`{}`:                                    "missing field `releases`",
		`{"releases":null}`:                     "expected an array of releases",
		`{"releases":[],"releases":[]}`:         "duplicate field `releases`",
		release(`{"metadata":""}`):              "missing field `version`",
		release(`{"version":""}`):               "missing field `metadata`",
		release(`{"version":"","metadata":{}}`): "expected a string",
		release(`{"version":"","metadata":"","commits":{}}`):                                  "expected an array of commits",
		release(`{"version":"","metadata":"","commits":[{}]}`):                                "missing field `architecture`",
		release(`{"version":"","metadata":"","commits":[{"architecture":""}]}`):               "missing field `checksum`",
		release(`{"version":"","metadata":"","oci-images":[{"architecture":"","image":""}]}`): "missing field `digest-ref`",
	} {
		if _, err := cincinnati.ParseReleaseIndex([]byte(doc)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", doc, err, want)
		}
	}
	rollout := func(s string) string {
		return `{"releases":[{"version":"1","metadata":{"rollout":{` + s + `}}}]}`
	}
	for doc, want := range map[string]string{
		`{}`:                             "missing field `releases`",
		`{"releases":[{"version":"1"}]}`: "missing field `metadata`",
		`{"releases":[{"metadata":{}}]}`: "missing field `version`",
		`{"releases":[{"version":"1","metadata":{"barrier":{}}}]}`:   "missing field `reason`",
		`{"releases":[{"version":"1","metadata":{"deadend":true}}]}`: "expected a reason",
		rollout(`"start_epoch":1.5`):                                 "expected a signed 64-bit integer",
		rollout(`"start_epoch":"1"`):                                 "expected a signed 64-bit integer",
		rollout(`"start_epoch":9223372036854775808`):                 "expected a signed 64-bit integer",
		rollout(`"duration_minutes":-1`):                             "expected an unsigned 64-bit integer",
		rollout(`"start_percentage":1e999`):                          "number out of range",
		rollout(`"start_percentage":"1"`):                            "expected a fraction",
		rollout(`"start_epoch":1,"start_epoch":1`):                   "duplicate field `start_epoch`",
	} {
		if _, err := cincinnati.ParseUpdates([]byte(doc)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", doc, err, want)
		}
	}
	many := `{"releases":[` + strings.Repeat(`{"version":"","metadata":""},`, cincinnati.MaxNodes) + `{"version":"","metadata":""}]}`
	if _, err := cincinnati.ParseReleaseIndex([]byte(many)); err == nil || !strings.Contains(err.Error(), "more than 200000 releases") {
		t.Errorf("%v", err)
	}
	many = strings.ReplaceAll(many, `"metadata":""`, `"metadata":{}`)
	if _, err := cincinnati.ParseUpdates([]byte(many)); err == nil || !strings.Contains(err.Error(), "more than 200000 releases") {
		t.Errorf("%v", err)
	}
}

func FuzzParseReleaseIndex(f *testing.F) {
	f.Add([]byte(exampleIndex()))
	f.Add([]byte(`{"releases":[{"version":"1","metadata":"","commits":null,"oci-images":[]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		ix, err := cincinnati.ParseReleaseIndex(data)
		if err != nil {
			return
		}
		if !json.Valid(data) {
			t.Fatal("accepted what is no JSON")
		}
		readsBack(t, ix, cincinnati.ParseReleaseIndex)
		for _, scheme := range []cincinnati.Scheme{cincinnati.Checksum, cincinnati.OCI} {
			g := cincinnati.Build(ix, nil, "x86_64", scheme)
			if len(g.Nodes) > len(ix.Releases) || len(g.Edges) != 0 {
				t.Fatalf("%d nodes of %d releases, %d edges without updates", len(g.Nodes), len(ix.Releases), len(g.Edges))
			}
			if back, err := cincinnati.ParseGraph(g.AppendJSON(nil)); err != nil || !equalGraphs(back, g) {
				t.Fatalf("does not read back: %v", err)
			}
		}
	})
}

func FuzzParseUpdates(f *testing.F) {
	f.Add([]byte(exampleUpdates))
	f.Add([]byte(`{"releases":[{"version":"1.0","metadata":{"rollout":{"start_epoch":-1,"start_percentage":1e-7,"duration_minutes":0},"barrier":null}}]}`))
	ix, err := cincinnati.ParseReleaseIndex([]byte(exampleIndex()))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		up, err := cincinnati.ParseUpdates(data)
		if err != nil {
			return
		}
		if !json.Valid(data) {
			t.Fatal("accepted what is no JSON")
		}
		readsBack(t, up, cincinnati.ParseUpdates)
		g := cincinnati.Build(ix, up, "x86_64", cincinnati.Checksum)
		if back, err := cincinnati.ParseGraph(g.AppendJSON(nil)); err != nil || !equalGraphs(back, g) {
			t.Fatalf("does not read back: %v", err)
		}
		for i := range g.Nodes {
			r, ok := g.Nodes[i].Rollout()
			if !ok {
				continue
			}
			// What the engineers wrote last is what the policy reads.
			for _, u := range slices.Backward(up.Releases) {
				if u.Version == g.Nodes[i].Version && u.Rollout != nil && u.Rollout.StartPercentage != nil {
					if r.Value != *u.Rollout.StartPercentage {
						t.Fatalf("start value %v became %v", *u.Rollout.StartPercentage, r.Value)
					}
					break
				}
			}
		}
		for _, e := range g.Edges {
			if e[0] >= e[1] || e[1] >= uint64(len(g.Nodes)) {
				t.Fatalf("edge %v", e)
			}
		}
	})
}

func ExampleBuild() {
	index, err := cincinnati.ParseReleaseIndex([]byte(`{"releases": [
	  {"version": "1.0", "metadata": "", "commits": [{"architecture": "x86_64", "checksum": "aa"}]},
	  {"version": "1.1", "metadata": "", "commits": [{"architecture": "x86_64", "checksum": "bb"}]}]}`))
	if err != nil {
		panic(err)
	}
	updates, err := cincinnati.ParseUpdates([]byte(`{"releases": [
	  {"version": "1.1", "metadata": {"rollout": {"start_percentage": 1.0}}}]}`))
	if err != nil {
		panic(err)
	}
	g := cincinnati.Build(index, updates, "x86_64", cincinnati.Checksum)
	fmt.Println(g.Nodes[1].Version, g.Nodes[1].Payload, g.Edges)
	// Output: 1.1 bb [[0 1]]
}
