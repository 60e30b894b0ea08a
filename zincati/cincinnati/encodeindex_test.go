package cincinnati_test

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
)

// readsBack checks that what is written is what was read, but for text that is no UTF-8.
func readsBack[T any](t *testing.T, v *T, parse func([]byte) (*T, error)) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	back, err := parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if !reflect.DeepEqual(back, v) {
		t.Fatalf("%+v became %+v by %s", v, back, text)
	}
	return text
}

func TestIndexReadsBack(t *testing.T) {
	ix, err := cincinnati.ParseReleaseIndex([]byte(exampleIndex()))
	if err != nil {
		t.Fatal(err)
	}
	text := readsBack(t, ix, cincinnati.ParseReleaseIndex)
	want := `{"releases":[{"version":"1.0","metadata":"https://h/0","commits":[{"architecture":"x86_64","checksum":"c0"},{"architecture":"aarch64","checksum":"a0"}],` +
		`"oci-images":[{"architecture":"x86_64","digest-ref":"quay.io/os@sha256:0"}]},`
	if !strings.HasPrefix(string(text), want) {
		t.Errorf("got %s", text)
	}
	odd := &cincinnati.ReleaseIndex{Releases: []cincinnati.IndexRelease{{Version: "\"<&\u2028\x00", Metadata: "\\"}, {}}}
	readsBack(t, odd, cincinnati.ParseReleaseIndex)
	if text := readsBack(t, new(cincinnati.ReleaseIndex), cincinnati.ParseReleaseIndex); string(text) != `{"releases":[]}` {
		t.Errorf("empty: %s", text)
	}
}

func TestUpdatesReadBack(t *testing.T) {
	up, err := cincinnati.ParseUpdates([]byte(exampleUpdates))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"stream":"stable","releases":[{"version":"1.1","metadata":{"barrier":{"reason":"why"}}},{"version":"1.3","metadata":{"deadend":{"reason":"bad"}}},` +
		`{"version":"1.4","metadata":{"rollout":{"start_percentage":1}}},` +
		`{"version":"1.5","metadata":{"rollout":{"start_epoch":1700000000,"start_percentage":0.25,"duration_minutes":1440}}},{"version":"9.9","metadata":{"rollout":{}}}]}`
	if text := readsBack(t, up, cincinnati.ParseUpdates); string(text) != want {
		t.Errorf("got %s", text)
	}
	epoch, minutes := int64(math.MinInt64), uint64(math.MaxUint64)
	for _, share := range []float64{0, 1e-7, 0.1, math.MaxFloat64, -math.SmallestNonzeroFloat64} {
		readsBack(t, &cincinnati.Updates{Releases: []cincinnati.Update{{
			Version: "1", Barrier: &cincinnati.Reason{}, Deadend: &cincinnati.Reason{Reason: "\n"},
			Rollout: &cincinnati.UpdateRollout{StartEpoch: &epoch, StartPercentage: &share, DurationMinutes: &minutes},
		}}}, cincinnati.ParseUpdates)
	}
	for _, share := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		_, err := json.Marshal(cincinnati.Updates{Releases: []cincinnati.Update{{Version: "7", Rollout: &cincinnati.UpdateRollout{StartPercentage: &share}}}})
		if err == nil || !strings.Contains(err.Error(), `release "7": start_percentage is `) {
			t.Errorf("%v: %v", share, err)
		}
	}
}

// What release engineers publish with a new release.
func ExampleUpdates_MarshalJSON() {
	start, share, minutes := int64(1700000000), 0.0, uint64(2*24*60)
	updates := cincinnati.Updates{Stream: "stable", Releases: []cincinnati.Update{
		{Version: "42.1", Barrier: &cincinnati.Reason{Reason: "new signing key"}},
		{Version: "42.2", Rollout: &cincinnati.UpdateRollout{StartEpoch: &start, StartPercentage: &share, DurationMinutes: &minutes}},
	}}
	text, err := json.MarshalIndent(updates, "", " ")
	if err != nil {
		panic(err)
	}
	fmt.Println(string(text[:102]))
	// Output:
	// {
	//  "stream": "stable",
	//  "releases": [
	//   {
	//    "version": "42.1",
	//    "metadata": {
	//     "barrier": {
}
