package merge_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/ignition/config/merge"
	"github.com/nestos-dev/nestos/ignition/config/report"
	v30 "github.com/nestos-dev/nestos/ignition/config/v3_0/types"
	v32 "github.com/nestos-dev/nestos/ignition/config/v3_2/types"
	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

// decode reads a part of a config; fields that do not exist are mistakes of the test.
func decode[T any](t testing.TB, text string) (v T) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

func encode(t testing.TB, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestMerge(t *testing.T) {
	tests := []struct{ name, parent, child, want string }{
		{"optional scalars are the child's if set",
			`{"ignition":{"timeouts":{"httpResponseHeaders":3,"httpTotal":1}}}`,
			`{"ignition":{"timeouts":{"httpTotal":0}}}`,
			`{"ignition":{"timeouts":{"httpResponseHeaders":3,"httpTotal":0}}}`},
		{"an empty object does not clear the version",
			`{"ignition":{"version":"3.7.0-experimental"}}`,
			`{"passwd":{"users":[{"name":"core"}]}}`,
			`{"ignition":{"version":"3.7.0-experimental"},"passwd":{"users":[{"name":"core"}]}}`},
		{"a list with repetition is the parent's and the child's",
			`{"storage":{"filesystems":[{"device":"/dev/x","options":["-K","-K"],"mountOptions":["ro"]}]}}`,
			`{"storage":{"filesystems":[{"device":"/dev/x","options":["-K"],"mountOptions":["ro"]}]}}`,
			`{"storage":{"filesystems":[{"device":"/dev/x","options":["-K","-K","-K"],"mountOptions":["ro","ro"]}]}}`},
		{"entries of both keep the parent's place",
			`{"passwd":{"users":[{"name":"a","uid":1},{"name":"b"},{"name":"c"}]}}`,
			`{"passwd":{"users":[{"name":"d"},{"name":"c","uid":3},{"name":"a","shell":"/bin/sh"}]}}`,
			`{"passwd":{"users":[{"name":"a","uid":1,"shell":"/bin/sh"},{"name":"b"},{"name":"c","uid":3},{"name":"d"}]}}`},
		{"strings form sets",
			`{"passwd":{"users":[{"name":"a","sshAuthorizedKeys":["k1","k2"]}]}}`,
			`{"passwd":{"users":[{"name":"a","sshAuthorizedKeys":["k3","k2"]}]}}`,
			`{"passwd":{"users":[{"name":"a","sshAuthorizedKeys":["k1","k2","k3"]}]}}`},
		{"a link takes the place of a file, a file that of a directory",
			`{"storage":{"files":[{"path":"/a"},{"path":"/b"}],"directories":[{"path":"/d"}]}}`,
			`{"storage":{"files":[{"path":"/d"}],"links":[{"path":"/b","target":"/t"}]}}`,
			`{"storage":{"files":[{"path":"/a"},{"path":"/d"}],"links":[{"path":"/b","target":"/t"}]}}`},
		{"a kernel argument moves between the lists",
			`{"kernelArguments":{"shouldExist":["a","b"],"shouldNotExist":["c"]}}`,
			`{"kernelArguments":{"shouldExist":["c"],"shouldNotExist":["a"]}}`,
			`{"kernelArguments":{"shouldExist":["b","c"],"shouldNotExist":["a"]}}`},
		{"a header without value removes the parent's",
			`{"ignition":{"config":{"replace":{"httpHeaders":[{"name":"A","value":"1"},{"name":"B","value":"2"}]}}}}`,
			`{"ignition":{"config":{"replace":{"httpHeaders":[{"name":"A"},{"name":"C"}]}}}}`,
			`{"ignition":{"config":{"replace":{"httpHeaders":[{"name":"B","value":"2"},{"name":"C"}]}}}}`},
		{"partitions by number, or by label without one",
			`{"storage":{"disks":[{"device":"/d","partitions":[{"number":1,"label":"a"},{"label":"b"},{"label":"number:1"}]}]}}`,
			`{"storage":{"disks":[{"device":"/d","partitions":[{"number":1,"sizeMiB":1},{"label":"b","sizeMiB":2},{"label":"a","sizeMiB":3}]}]}}`,
			`{"storage":{"disks":[{"device":"/d","partitions":[{"number":1,"label":"a","sizeMiB":1},{"label":"b","sizeMiB":2},{"label":"number:1"},{"label":"a","sizeMiB":3}]}]}}`},
		{"of an entry that the child has twice the last counts",
			`{"systemd":{"units":[{"name":"u"}]}}`,
			`{"systemd":{"units":[{"name":"u","contents":"1"},{"name":"u","contents":"2"}]}}`,
			`{"systemd":{"units":[{"name":"u","contents":"2"}]}}`},
		{"referenced configs by source",
			`{"ignition":{"config":{"merge":[{"source":"data:,1"},{"source":"data:,2"}]}}}`,
			`{"ignition":{"config":{"merge":[{"source":"data:,2","compression":""},{"source":"data:,3"}]}}}`,
			`{"ignition":{"config":{"merge":[{"source":"data:,1"},{"source":"data:,2","compression":""},{"source":"data:,3"}]}}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			parent, child, want := decode[types.Config](t, tt.parent), decode[types.Config](t, tt.child), decode[types.Config](t, tt.want)
			if got := merge.Merge(parent, child); encode(t, got) != encode(t, want) {
				t.Errorf("got  %s\nwant %s", encode(t, got), encode(t, want))
			}
			if got, _ := merge.Trace(parent, child); encode(t, got) != encode(t, want) {
				t.Errorf("Trace gives %s", encode(t, got))
			}
		})
	}
}

func TestMergeLargerExample(t *testing.T) {
	parent := decode[types.Config](t, `{
		"ignition":{"version":"3.7.0-experimental","timeouts":{"httpResponseHeaders":3}},
		"storage":{
			"files":[{"path":"/a","contents":{"source":"data:,1"},"append":[{"source":"data:,0"}]},{"path":"/b"}],
			"filesystems":[{"device":"/dev/x","format":"xfs","options":["-K"],"label":"L"}]},
		"passwd":{"users":[{"name":"core","sshAuthorizedKeys":["k1"],"groups":["wheel"],"uid":1000}]},
		"systemd":{"units":[{"name":"u.service","enabled":true,"contents":"C"},{"name":"v.service"}]}}`)
	child := decode[types.Config](t, `{
		"ignition":{"version":"3.7.0-experimental","timeouts":{"httpTotal":9}},
		"storage":{
			"files":[{"path":"/a","mode":384,"append":[{"source":"data:,2"}]}],
			"links":[{"path":"/b","target":"/t"}],
			"filesystems":[{"device":"/dev/x","format":"ext4","options":["-O","^has_journal"]}]},
		"passwd":{"users":[{"name":"core","sshAuthorizedKeys":["k2","k1"],"groups":["docker"]}]},
		"systemd":{"units":[{"name":"u.service","enabled":false,"dropins":[{"name":"10.conf"}]}]}}`)
	want := decode[types.Config](t, `{
		"ignition":{"version":"3.7.0-experimental","timeouts":{"httpResponseHeaders":3,"httpTotal":9}},
		"storage":{
			"files":[{"path":"/a","contents":{"source":"data:,1"},"append":[{"source":"data:,0"},{"source":"data:,2"}],"mode":384}],
			"links":[{"path":"/b","target":"/t"}],
			"filesystems":[{"device":"/dev/x","format":"ext4","options":["-K","-O","^has_journal"],"label":"L"}]},
		"passwd":{"users":[{"name":"core","sshAuthorizedKeys":["k1","k2"],"groups":["wheel","docker"],"uid":1000}]},
		"systemd":{"units":[{"name":"u.service","enabled":false,"contents":"C","dropins":[{"name":"10.conf"}]},{"name":"v.service"}]}}`)
	if got := merge.Merge(parent, child); encode(t, got) != encode(t, want) {
		t.Errorf("got  %s\nwant %s", encode(t, got), encode(t, want))
	}
}

func TestMergeOlderTypes(t *testing.T) {
	t.Run("pointers to objects", func(t *testing.T) {
		parent := decode[v32.Config](t, `{"storage":{"luks":[{"name":"r","clevis":{"tpm2":true,"tang":[{"url":"u"}]}}]}}`)
		child := decode[v32.Config](t, `{"storage":{"luks":[{"name":"r","clevis":{"threshold":1}}]}}`)
		want := decode[v32.Config](t, `{"storage":{"luks":[{"name":"r","clevis":{"tpm2":true,"threshold":1,"tang":[{"url":"u"}]}}]}}`)
		got := merge.Merge(parent, child)
		if encode(t, got) != encode(t, want) {
			t.Errorf("got  %s\nwant %s", encode(t, got), encode(t, want))
		}
		got.Storage.Luks[0].Clevis.Tang[0].URL = "changed"
		if url := parent.Storage.Luks[0].Clevis.Tang[0].URL; url != "u" {
			t.Errorf("the parent's URL is %q now", url)
		}
	})
	t.Run("plain strings are the child's even if empty", func(t *testing.T) {
		parent := decode[v30.Config](t, `{"storage":{"links":[{"path":"/l","target":"/t"}]}}`)
		child := decode[v30.Config](t, `{"storage":{"links":[{"path":"/l","hard":true}]}}`)
		if got := merge.Merge(parent, child).Storage.Links[0]; got.Target != "" || !*got.Hard {
			t.Errorf("got %s", encode(t, got))
		}
	})
}

// TestMergeOwnsLists overwrites every list entry of a result and looks at the inputs.
func TestMergeOwnsLists(t *testing.T) {
	for _, c := range recordedCases(t) {
		if c.Cache == nil {
			continue
		}
		cfg := decode[types.Config](t, *c.Cache)
		for name, pair := range map[string][2]types.Config{"as parent": {cfg, {}}, "as child": {{}, cfg}, "as both": {cfg, cfg}} {
			got := merge.Merge(pair[0], pair[1])
			clearLists(reflect.ValueOf(&got).Elem())
			if encode(t, cfg) != *c.Cache {
				t.Fatalf("%s %s: changed to %s", c.ID, name, encode(t, cfg))
			}
		}
	}
}

func clearLists(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for _, field := range v.Fields() {
			clearLists(field)
		}
	case reflect.Slice:
		for i := range v.Len() {
			clearLists(v.Index(i))
			v.Index(i).SetZero()
		}
	}
}

func TestTrace(t *testing.T) {
	parent := decode[types.Config](t, `{"storage":{"files":[{"path":"/x"},{"path":"/a","mode":1,"append":[{"source":"data:,1"}],"user":{"id":0}}]}}`)
	child := decode[types.Config](t, `{"storage":{"links":[{"path":"/x","target":"y"}],"files":[{"path":"/b"},{"path":"/a","mode":2,"append":[{"source":"data:,2"}]}]}}`)
	_, transcript := merge.Trace(parent, child)
	tests := []struct{ path, want string }{
		{"storage.files.0", "parent:$.storage.files.1 child:$.storage.files.1"},
		{"storage.files.0.path", "child:$.storage.files.1.path"},
		{"storage.files.0.mode", "child:$.storage.files.1.mode"},
		{"storage.files.0.user.id", "parent:$.storage.files.1.user.id"},
		{"storage.files.0.user", "parent:$.storage.files.1.user"},
		{"storage.files.0.append", "parent:$.storage.files.1.append child:$.storage.files.1.append"},
		{"storage.files.0.append.0.source", "parent:$.storage.files.1.append.0.source"},
		{"storage.files.0.append.1", "child:$.storage.files.1.append.0"},
		{"storage.files.1", "child:$.storage.files.0"},
		{"storage.links.0.target", "child:$.storage.links.0.target"},
		{"storage.links", "child:$.storage.links"},
		{"storage", "parent:$.storage child:$.storage"},
		{"passwd", ""},
		{"storage.files.2", ""},
	}
	for _, tt := range tests {
		var got []string
		for _, source := range transcript.Sources(path(tt.path)) {
			got = append(got, source.String())
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s comes from %v, want %s", tt.path, got, tt.want)
		}
	}
}

// path reads a path as it is written in reports, without the root.
func path(text string) (p report.Path) {
	for e := range strings.SplitSeq(text, ".") {
		if e[0] >= '0' && e[0] <= '9' {
			p = append(p, int(e[0]-'0'))
			continue
		}
		p = append(p, e)
	}
	return p
}
