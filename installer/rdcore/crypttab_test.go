package rdcore

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNeedsNetwork(t *testing.T) {
	for _, test := range []struct {
		table string
		want  bool
		err   string
	}{
		{"# c\n\n\t# d\nother x\nroot UUID=1\n", false, ""},
		{"root UUID=1 none luks,_netdev", true, ""},
		{"  root\tUUID=1 none _netdev more\r\n", true, ""},
		{"root UUID=1 none _netdevx,x_netdev\n", false, ""},
		{"root UUID=1 _netdev\n", false, ""},
		{"root a\nroot a b _netdev\n", false, ""},
		{"short\nroot UUID=1 none _netdev\n", false, "crypttab line missing name or device: short"},
		{"root UUID=1\nshort\n", false, ""},
		{" nothing here\n", false, "couldn't find root in /t"},
		{"", false, "couldn't find root in /t"},
	} {
		got, err := needsNetwork(test.table, "root", "/t")
		if test.err != "" {
			require.EqualError(t, err, test.err, test.table)
			continue
		}
		require.NoError(t, err, test.table)
		require.Equal(t, test.want, got, test.table)
	}
}

func FuzzNeedsNetwork(f *testing.F) {
	f.Add("# c\n\nother x\nroot UUID=1 none luks,_netdev\n", "root")
	f.Add("short\n", "root")
	f.Add("a\u00a0b\u2028c d", "a")
	f.Fuzz(func(t *testing.T, table, volume string) {
		got, err := needsNetwork(table, volume, "/t")
		if got && (err != nil || !strings.Contains(table, "_netdev") || !strings.Contains(table, volume)) {
			t.Fatalf("%q: %v", table, err)
		}
		// Comments and empty lines change nothing.
		again, err2 := needsNetwork("# x\n\n"+table, volume, "/t")
		if again != got || (err == nil) != (err2 == nil) {
			t.Fatalf("%q: %v, %v", table, err, err2)
		}
	})
}
