package rpmostree_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/rpmostree"
	"github.com/nestos-dev/nestos/rpmostree/internal/systemtest"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
	"github.com/stretchr/testify/require"
)

func TestCheckUpdateOfLayers(t *testing.T) {
	w := systemtest.New(t, ostree.ModeBareUser)
	w.Publish(&rpmtest.Spec{Name: "foo", Version: "1"}, &rpmtest.Spec{Name: "other", Version: "1"})
	s := open(t, w)
	_, err := s.Apply(t.Context(), &rpmostree.Change{Install: []string{"foo"}})
	require.NoError(t, err)
	update, err := s.CheckUpdate(t.Context())
	require.NoError(t, err)
	require.Nil(t, update)
	w.Publish(&rpmtest.Spec{Name: "foo", Version: "2"}, &rpmtest.Spec{Name: "foo", Version: "1.5"}, &rpmtest.Spec{Name: "other", Version: "2"})
	update, err = s.CheckUpdate(t.Context())
	require.NoError(t, err)
	require.NotNil(t, update)
	var b bytes.Buffer
	require.NoError(t, rpmostree.WriteUpdateText(&b, update, &rpmostree.TextOptions{Verbose: true}))
	require.Equal(t, "AvailableUpdate:\n       Upgraded: foo 1-1 -> 2-1\n", b.String())

	st, err := s.Status(t.Context())
	require.NoError(t, err)
	found, err := st.Query("$.deployments[0].osname")
	require.NoError(t, err)
	require.Equal(t, []json.RawMessage{json.RawMessage(`"` + systemtest.Stateroot + `"`)}, found)
	text, err := json.Marshal(st)
	require.NoError(t, err)
	require.Contains(t, string(text), `"upgraded":[[2,"foo",["1-1","noarch"],["2-1","noarch"]]]`)
	v, ok := st.CachedUpdate.Get("update-sha256")
	require.True(t, ok)
	require.Equal(t, gvariant.Type("s"), v.Type())
	require.Len(t, v.Str(), 64)
	require.NoError(t, s.ForgetUpdate())
	st, err = s.Status(t.Context())
	require.NoError(t, err)
	require.Nil(t, st.CachedUpdate)
}
