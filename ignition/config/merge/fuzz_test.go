package merge_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/nestos-dev/nestos/ignition/config/merge"
	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

func FuzzMerge(f *testing.F) {
	f.Add([]byte(`{}`), []byte(`{"storage":{"files":[{"path":"/a"},{"path":"/a","append":[{}]}],"links":[{"path":"/a"}]}}`))
	f.Add([]byte(`{"storage":{"disks":[{"device":"a","partitions":[{"number":1},{"label":"x"},{}]}]}}`), []byte(`{"storage":{"disks":[{"device":"a","partitions":[{"label":"x","number":1}]},{}]}}`))
	f.Add([]byte(`{"ignition":{"config":{"replace":{"httpHeaders":[{"name":"a"},{"name":"b","value":"1"}]}}}}`), []byte(`{"ignition":{"config":{"replace":{"httpHeaders":[{"name":"b"}]}}}}`))
	for i, c := range recordedCases(f) {
		if c.Cache != nil && i%8 == 0 {
			f.Add([]byte(*c.Cache), []byte(c.Text))
		}
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		var parent, child types.Config
		if json.Unmarshal(a, &parent) != nil || json.Unmarshal(b, &child) != nil {
			t.Skip()
		}
		before := encode(t, parent) + encode(t, child)
		got := merge.Merge(parent, child)
		traced, transcript := merge.Trace(parent, child)
		if !reflect.DeepEqual(got, traced) {
			t.Errorf("Merge gives %s\nTrace gives %s", encode(t, got), encode(t, traced))
		}
		if n, most := len(transcript.Mappings), 64*(len(a)+len(b)); n > most {
			t.Errorf("%d mappings", n)
		}
		if encode(t, parent)+encode(t, child) != before {
			t.Error("an input changed")
		}
		for _, c := range []types.Config{parent, child} {
			if got := merge.Merge(types.Config{}, c); encode(t, got) != encode(t, c) {
				t.Errorf("over nothing: %s\ngives %s", encode(t, c), encode(t, got))
			}
			if got := merge.Merge(c, types.Config{}); encode(t, got) != encode(t, c) {
				t.Errorf("under nothing: %s\ngives %s", encode(t, c), encode(t, got))
			}
		}
	})
}
