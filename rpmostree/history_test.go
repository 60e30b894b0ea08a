package rpmostree_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/rpmostree"
	"github.com/stretchr/testify/require"
)

// boot and deploy are messages of the journal.
func boot(time int, path string, inode int) string {
	return fmt.Sprintf(`{"MESSAGE_ID":"%s","__REALTIME_TIMESTAMP":"%d000000","DEPLOYMENT_PATH":"%s","DEPLOYMENT_DEVICE":"1","DEPLOYMENT_INODE":"%d"}`+"\n",
		rpmostree.BootMessageID, time, path, inode)
}

func deploy(time int, path string, inode int, command string) string {
	return fmt.Sprintf(`{"MESSAGE_ID":"%s","DEPLOYMENT_TIMESTAMP":"%d","DEPLOYMENT_PATH":"%s","DEPLOYMENT_DEVICE":"1","DEPLOYMENT_INODE":"%d","COMMAND_LINE":"%s"}`+"\n",
		rpmostree.DeployMessageID, time, path, inode, command)
}

func history(t *testing.T, journal string, dir fstest.MapFS) (list []*rpmostree.HistoryEntry) {
	t.Helper()
	for e, err := range rpmostree.History(strings.NewReader(journal), dir) {
		require.NoError(t, err)
		list = append(list, e)
	}
	return list
}

func TestHistory(t *testing.T) {
	d := &object.Dict{}
	d.Set("version", str("2"))
	dir := fstest.MapFS{"500": {Data: d.Value().Bytes()}}
	// Newest first: two boots of b, one of a (deployed after that of b began), one whose deployment is lost.
	list := history(t, boot(900, "/b", 2)+boot(800, "/b", 2)+"garbage\n"+deploy(750, "/c", 3, "")+boot(700, "/a", 1)+deploy(500, "/b", 2, "upgrade")+
		boot(400, "/lost", 9)+deploy(300, "/a", 1, "install x")+deploy(200, "/lost", 8, ""), dir)
	require.Len(t, list, 2)
	require.Equal(t, "2", list[0].Deployment.Text("version"))
	list[0].Deployment = nil
	require.Equal(t, &rpmostree.HistoryEntry{Created: 500, CommandLine: "upgrade", Boots: 2, FirstBoot: 800, LastBoot: 900}, list[0])
	require.Equal(t, &rpmostree.HistoryEntry{Created: 300, CommandLine: "install x", Boots: 1, FirstBoot: 700, LastBoot: 700}, list[1])
	var b bytes.Buffer
	require.NoError(t, rpmostree.WriteJSON(&b, list[1]))
	require.Equal(t, `{
  "deployment-create-timestamp" : 300,
  "deployment-create-command-line" : "install x",
  "boot-count" : 1,
  "first-boot-timestamp" : 700,
  "last-boot-timestamp" : 700
}
`, b.String())
	require.Empty(t, history(t, "", nil))
	require.Empty(t, history(t, boot(1, "/a", 1), nil))
	require.Len(t, history(t, strings.Repeat("x", 3<<20)+"\n"+boot(2, "/a", 1)+deploy(1, "/a", 1, ""), fstest.MapFS{}), 1)
	for _, err := range rpmostree.History(strings.NewReader(boot(2, "/a", 1)+deploy(1, "/a", 1, "")), fstest.MapFS{"1": {Data: []byte("damaged")}}) {
		require.ErrorContains(t, err, "damaged description")
	}
}

func TestPruneHistory(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"100", "200", "300", "other"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o644))
	}
	oldest, found, err := rpmostree.OldestDeployment(strings.NewReader(boot(1, "/a", 1) + deploy(200, "/a", 1, "") + deploy(300, "/b", 1, "")))
	require.NoError(t, err)
	require.True(t, found)
	require.NoError(t, rpmostree.PruneHistory(dir, oldest))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 2)
	require.Equal(t, "200", entries[0].Name())
	require.NoError(t, rpmostree.PruneHistory(filepath.Join(dir, "none"), oldest))
	_, found, err = rpmostree.OldestDeployment(strings.NewReader(""))
	require.NoError(t, err)
	require.False(t, found)
}

func FuzzHistory(f *testing.F) {
	f.Add(boot(900, "/b", 2) + deploy(500, "/b", 2, "upgrade"))
	f.Add(boot(900, "/b", 2) + boot(800, "/b", 3) + deploy(500, "/b", 2, "upgrade") + "{\n[]\nnull\n")
	f.Fuzz(func(t *testing.T, journal string) {
		boots := uint64(0)
		for e, err := range rpmostree.History(strings.NewReader(journal), fstest.MapFS{}) {
			if err != nil {
				t.Fatal(err)
			}
			if e.Boots == 0 {
				t.Fatal("an entry without boots")
			}
			boots += e.Boots
		}
		if lines := strings.Count(journal, "\n") + 1; boots > uint64(lines) {
			t.Fatalf("%d boots in %d lines", boots, lines)
		}
	})
}
