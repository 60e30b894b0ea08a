package keyfile_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/internal/keyfile"
)

func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"", "[core]\nrepo_version=1\nmode=archive-z2\n\n[remote \"o\"]\nurl=http://x\nbranches=a;b\\;c;\n",
		"# c\r\n[a]\r\n b = 1 \r\nb[de]=\\s\\n\r\n", "[a]\n[b]\n[a]\nx=1", "[a]\nx=\\", "[a]\nEncoding=utf-8\n", "x", "[a]\n=",
	} {
		f.Add([]byte(text), "a", "x", " v;\n")
	}
	f.Fuzz(func(t *testing.T, data []byte, group, key, value string) {
		file, err := keyfile.Parse(data)
		if err != nil {
			if len(err.Error()) > 4<<10 {
				t.Errorf("error of %d bytes", len(err.Error()))
			}
			return
		}
		if string(file.Bytes()) != string(data) {
			t.Fatalf("%q became %q", data, file.Bytes())
		}
		setAllToThemselves(t, file)
		if string(file.Bytes()) != string(data) {
			t.Fatalf("%q became %q by setting every key to its value", data, file.Bytes())
		}
		change(t, file, group, key, value)
	})
}

func setAllToThemselves(t *testing.T, file *keyfile.File) {
	for _, g := range file.Groups() {
		keys, err := file.Keys(g)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range keys {
			v, err := file.Value(g, k)
			if err != nil {
				t.Fatal(err)
			}
			_ = file.SetValue(g, k, v) // a few readable names are not writable
			_, _ = file.Bool(g, k)
			_, _ = file.Int(g, k)
			if list, err := file.Strings(g, k); err == nil && len(list) > len(v) {
				t.Fatalf("%d elements in %q", len(list), v)
			}
		}
	}
}

// change sets a key and reads it back from the file and from its bytes, then
// removes its group.
func change(t *testing.T, file *keyfile.File, group, key, value string) {
	if file.SetString(group, key, value) == nil {
		again, err := keyfile.Parse(file.Bytes())
		if err != nil && !(key == "Encoding" && strings.Contains(err.Error(), "encoding")) {
			t.Fatalf("%v in %q", err, file.Bytes())
		}
		if err == nil {
			same := slices.Equal(again.Groups(), file.Groups())
			got, err := again.String(group, key)
			if !same || utf8.ValidString(value) && (err != nil || got != value) {
				t.Fatalf("%q, %v, want %q in %q", got, err, value, file.Bytes())
			}
		}
	}
	if file.HasGroup(group) {
		if err := file.RemoveGroup(group); err != nil || file.HasGroup(group) || file.HasKey(group, key) {
			t.Fatal("the group is still there:", err)
		}
		if again, err := keyfile.Parse(file.Bytes()); err == nil && again.HasGroup(group) {
			t.Fatalf("the group is still in %q", file.Bytes())
		}
	}
}
