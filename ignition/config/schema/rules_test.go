package schema_test

import (
	"strings"
	"testing"
)

func TestRules(t *testing.T) {
	const from30, from31, from33, from37 = 0, 1, 3, 7
	tests := []struct {
		name, rest string // what follows the ignition object
		since      int    // the rule, or what it is about, is in this minor version
		valid      bool
	}{
		{"an empty config", ``, from30, true},
		{"null is absent", `,"storage":null,"passwd":{"users":null,"groups":[{"name":"g","gid":null}]}`, from30, true},
		{"an unknown key", `,"storage":{"colour":"blue"}`, from30, true},
		{"a list for an object", `,"storage":[]`, from30, false},
		{"an object for a list", `,"storage":{"files":{}}`, from30, false},
		{"a number for a string", `,"storage":{"files":[{"path":1}]}`, from30, false},
		{"a string for a number", `,"storage":{"files":[{"path":"/a","mode":"0644"}]}`, from30, false},
		{"a fraction for a whole number", `,"storage":{"files":[{"path":"/a","mode":1.5}]}`, from30, false},
		{"a string for a truth value", `,"storage":{"files":[{"path":"/a","overwrite":"yes"}]}`, from30, false},
		{"a file without path", `,"storage":{"files":[{"mode":420}]}`, from30, false},
		{"a mode out of range", `,"storage":{"files":[{"path":"/a","mode":4096}]}`, from30, false},
		{"a relative path", `,"storage":{"directories":[{"path":"a"}]}`, from30, false},
		{"a path with an empty element", `,"storage":{"directories":[{"path":"/a//b"}]}`, from30, false},
		{"a path with dots for a parent", `,"storage":{"directories":[{"path":"/a/../b"}]}`, from30, false},
		{"a path with names of dots", `,"storage":{"directories":[{"path":"/.a/..b/...c/..."}]}`, from30, true},
		{"a link without target", `,"storage":{"links":[{"path":"/a"}]}`, from33, false},
		{"a user with id and name", `,"storage":{"files":[{"path":"/a","user":{"id":0,"name":"root"}}]}`, from30, false},
		{"overwriting without source", `,"storage":{"files":[{"path":"/a","overwrite":true}]}`, from30, false},
		{"overwriting with a source", `,"storage":{"files":[{"path":"/a","overwrite":true,"contents":{"source":""}}]}`, from30, true},
		{"an unknown scheme", `,"storage":{"files":[{"path":"/a","contents":{"source":"file:///x"}}]}`, from30, false},
		{"a scheme in capitals", `,"storage":{"files":[{"path":"/a","contents":{"source":"HTTPS://x"}}]}`, from30, true},
		{"a referenced config without source", `,"ignition":{"version":"VERSION","config":{"merge":[{}]}}`, from31, false},
		{"a partition with neither number nor label", `,"storage":{"disks":[{"device":"/dev/a","partitions":[{"number":0,"sizeMiB":1}]}]}`, from30, false},
		{"a partition with a label", `,"storage":{"disks":[{"device":"/dev/a","partitions":[{"number":0,"label":"a"}]}]}`, from30, true},
		{"spares in a stripe", `,"storage":{"raid":[{"name":"a","level":"raid0","devices":["/dev/a"],"spares":1}]}`, from30, false},
		{"spares in a mirror", `,"storage":{"raid":[{"name":"a","level":"raid1","devices":["/dev/a"],"spares":1}]}`, from30, true},
		{"a path without format", `,"storage":{"filesystems":[{"device":"/dev/a","path":"/var"}]}`, from30, false},
		{"a label too long for xfs", `,"storage":{"filesystems":[{"device":"/dev/a","format":"xfs","label":"1234567890123"}]}`, from30, false},
		{"a label for ext4", `,"storage":{"filesystems":[{"device":"/dev/a","format":"ext4","label":"1234567890123"}]}`, from30, true},
		{"a tag of virtiofs", `,"storage":{"filesystems":[{"device":"tag","format":"virtiofs","path":"/x"}]}`, from37, true},
		{"a custom pin without config", `,"storage":{"luks":[{"name":"a","device":"/dev/a","clevis":{"custom":{"pin":"tang"}}}]}`, from33, false},
		{"a unit without a known suffix", `,"systemd":{"units":[{"name":"a.conf"}]}`, from30, false},
		{"a key twice", `,"passwd":{"users":[{"name":"a","sshAuthorizedKeys":["k","k"]}]}`, from30, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for minor, v := range versions {
				if minor < tt.since {
					continue
				}
				rest := strings.ReplaceAll(tt.rest, "VERSION", v.name)
				err := checkerFor(t, v.name).check(parse(t, `{"ignition":{"version":"`+v.name+`"}`+rest+`}`))
				if (err == nil) != tt.valid {
					t.Errorf("%s: %v", v.name, err)
				}
			}
		})
	}
	t.Run("another version", func(t *testing.T) {
		if checkerFor(t, "3.5.0").check(parse(t, `{"ignition":{"version":"3.4.0"}}`)) == nil {
			t.Error("3.4.0 passes as 3.5.0")
		}
	})
}
