package platforms_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer/config"
	"github.com/nestos-dev/nestos/installer/platforms"
)

const nestos = `{
 "metal": {"kernel_arguments": ["console=hvc0"]},
 "openstack": {"grub_commands": ["serial --speed=115200", "terminal_input serial console", "terminal_output serial console"],
  "kernel_arguments": ["console=ttyS0,115200n8", "console=tty0"], "future": 1},
 "same": {}
}`

func table(t *testing.T) platforms.Table {
	t.Helper()
	table, err := platforms.Parse([]byte(nestos))
	require.NoError(t, err)
	return table
}

func TestTable(t *testing.T) {
	for _, c := range []struct {
		name, platform, before, after string
		changed                       bool
	}{
		{"both lists", "openstack", "a console=hvc0 b", "a b console=ttyS0,115200n8 console=tty0", true},
		{"only what metal has", "same", "a console=hvc0 b", "a b", false},
		{"unknown", "aws", "console=hvc0", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			edit := table(t).Kargs(c.platform)
			got, err := edit.Apply(c.before)
			require.NoError(t, err)
			require.Equal(t, c.after, got)
			_, changed := table(t).GRUB(c.platform)
			require.Equal(t, c.changed, changed)
		})
	}
	edit := platforms.Table(nil).Kargs("qemu")
	require.True(t, edit.Empty())
	_, changed := platforms.Table(nil).GRUB("qemu")
	require.False(t, changed)
	commands, _ := table(t).GRUB("openstack")
	commands[0] = "x"
	again, _ := table(t).GRUB("openstack")
	require.Equal(t, "serial --speed=115200", again[0])
	_, err := platforms.Parse([]byte(`[]`))
	require.ErrorContains(t, err, "parsing platform table: ")
}

func TestConsoles(t *testing.T) {
	serial, err := config.ParseConsole("ttyS1,57600e7")
	require.NoError(t, err)
	screen, err := config.ParseConsole("tty0")
	require.NoError(t, err)
	edit, commands := table(t).Consoles([]config.Console{serial, screen})
	got, err := edit.Apply("console=hvc0 rw")
	require.NoError(t, err)
	require.Equal(t, "rw console=ttyS1,57600e7 console=tty0", got)
	require.Equal(t, []string{"serial --unit=1 --speed=57600 --word=7 --parity=even", "terminal_input console serial", "terminal_output console serial"}, commands)
}

func TestSetID(t *testing.T) {
	got, err := platforms.SetID("a ignition.platform.id=metal b", "qemu")
	require.NoError(t, err)
	require.Equal(t, "a ignition.platform.id=qemu b", got)
	for _, options := range []string{"", "ignition.platform.id=qemu ", "ignition.platform.id=metal2", "xignition.platform.id=metal"} {
		_, err := platforms.SetID(options, "qemu")
		require.EqualError(t, err, "couldn't locate platform ID")
	}
	_, err = platforms.SetID("ignition.platform.id=metal", "a=b")
	require.EqualError(t, err, "Wrong input, format should be: KEY=OLD=NEW")
}

const start, end = "# CONSOLE-SETTINGS-START\n", "# CONSOLE-SETTINGS-END\n"

func TestReplaceCommands(t *testing.T) {
	two := []string{"c 1", "c 2"}
	for _, c := range []struct {
		name, before string
		commands     []string
		after        string
	}{
		{"nothing there", "x\n" + start + end + "y\n", two, "x\n" + start + "c 1\nc 2\n" + end + "y\n"},
		{"something there", "\n" + start + "old\n\nold\n" + end, two, "\n" + start + "c 1\nc 2\n" + end},
		{"no commands", "\n" + start + "old\n" + end + "y", nil, "\n" + start + end + "y"},
		{"to the last mark", "\n" + start + "a\n" + end + "b\n" + end + "c\n", two, "\n" + start + "c 1\nc 2\n" + end + "c\n"},
		{"from the first mark", "\n" + start + "a\n" + start + end, nil, "\n" + start + end},
		{"an end before", "\n" + end + start + end, nil, "\n" + end + start + end},
		{"no mark", "x\n", nil, ""},
		{"empty", "", nil, ""},
		{"first line", start + end, nil, ""},
		{"no end", "\n" + start + "x\n", nil, ""},
		{"end before only", "\n" + end + start, nil, ""},
		{"indented end", "\n" + start + " " + end, nil, ""},
		{"end without line feed", "\n" + start + strings.TrimSuffix(end, "\n"), nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := platforms.ReplaceCommands([]byte(c.before), c.commands)
			if c.after == "" {
				require.EqualError(t, err, "missing substitution marker in grub.cfg")
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.after, string(got))
		})
	}
}

// FuzzReplaceCommands: what is put between the marks can be taken out again.
func FuzzReplaceCommands(f *testing.F) {
	f.Add("x\n"+start+"a\n"+end, "c")
	f.Add("\n"+start+end+end, "")
	f.Fuzz(func(t *testing.T, conf, command string) {
		with, err := platforms.ReplaceCommands([]byte(conf), []string{command})
		if err != nil {
			return
		}
		without, err := platforms.ReplaceCommands([]byte(conf), nil)
		if err != nil {
			t.Fatal(err)
		}
		again, err := platforms.ReplaceCommands(with, nil)
		if err != nil || string(again) != string(without) {
			t.Fatalf("%q: %q, %q (%v)", conf, without, again, err)
		}
	})
}

func TestEditGRUB(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, "grub2"), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "grub2", name), []byte(content), 0o600))
	}
	check := func(name, content string) {
		t.Helper()
		data, err := os.ReadFile(filepath.Join(dir, "grub2", name))
		require.NoError(t, err)
		require.Equal(t, content, string(data))
	}
	root, err := os.OpenRoot(dir)
	require.NoError(t, err)
	defer root.Close()
	require.ErrorIs(t, platforms.EditGRUB(root, nil), os.ErrNotExist)

	empty := "x\n" + start + end
	write("grub.cfg", empty)
	require.NoError(t, platforms.EditGRUB(root, []string{"one"}))
	check("grub.cfg", "x\n"+start+"one\n"+end)
	write("30_console.cfg", empty)
	require.NoError(t, platforms.EditGRUB(root, []string{"two"}))
	check("grub.cfg", "x\n"+start+"one\n"+end)
	check("30_console.cfg", "x\n"+start+"two\n"+end)
	write("console.cfg", empty)
	require.NoError(t, platforms.EditGRUB(root, []string{"three"}))
	check("30_console.cfg", "x\n"+start+"two\n"+end)
	check("console.cfg", "x\n"+start+"three\n"+end)
	info, err := os.Stat(filepath.Join(dir, "grub2/console.cfg"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())
	write("console.cfg", "x")
	require.EqualError(t, platforms.EditGRUB(root, nil), "missing substitution marker in grub.cfg")
}

func ExampleTable_Kargs() {
	table, err := platforms.Parse([]byte(`{"qemu": {"kernel_arguments": ["console=tty0", "console=ttyS0,115200n8"]}}`))
	if err != nil {
		log.Fatal(err)
	}
	options, err := platforms.SetID("ignition.platform.id=metal rw", "qemu")
	if err != nil {
		log.Fatal(err)
	}
	edit := table.Kargs("qemu")
	if options, err = edit.Apply(options); err != nil {
		log.Fatal(err)
	}
	fmt.Println(options)
	// Output: ignition.platform.id=qemu rw console=tty0 console=ttyS0,115200n8
}
