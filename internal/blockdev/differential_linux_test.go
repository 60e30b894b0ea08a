package blockdev_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/blockdev"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// maker makes something in an image of 128 MiB.
type maker struct {
	name string
	args []string // IMG is the image, TREE a folder
}

var makers = []maker{
	{"ext2", []string{"mkfs.ext2", "-qF", "-L", "Label two", "-U", uuidA, "IMG"}},
	{"ext3", []string{"mkfs.ext3", "-qF", "-L", "ext3l", "IMG"}},
	{"ext4", []string{"mkfs.ext4", "-qF", "-L", "root", "-U", uuidA, "IMG"}},
	{"ext4 old", []string{"mkfs.ext4", "-qF", "-O", "^metadata_csum,^64bit", "IMG"}},
	{"journal", []string{"mke2fs", "-qF", "-O", "journal_dev", "-b", "4096", "IMG"}},
	{"xfs", []string{"mkfs.xfs", "-fq", "-L", "twelve chars", "-m", "uuid=" + uuidA, "-m", "crc=1", "--unsupported", "IMG"}},
	{"btrfs", []string{"mkfs.btrfs", "-qf", "-L", "a btrfs label", "-U", uuidA, "IMG"}},
	{"fat12", []string{"mkfs.vfat", "-F12", "-s", "128", "-n", "TWELVE", "-i", "a1b2c3d4", "IMG"}},
	{"fat16", []string{"mkfs.vfat", "-F16", "-n", "SIXTEEN", "IMG"}},
	{"fat32", []string{"mkfs.vfat", "-F32", "-s1", "-n", "EFI-SYSTEM", "IMG"}},
	{"fat without label", []string{"mkfs.vfat", "IMG"}},
	{"fat with a small label", []string{"mkfs.vfat", "-n", "small", "IMG"}},
	{"swap", []string{"mkswap", "-q", "-L", "swaplabel", "-U", uuidA, "IMG"}},
	{"swap without names", []string{"mkswap", "-q", "IMG"}},
	{"luks1", []string{"cryptsetup", "-q", "luksFormat", "--type", "luks1", "--pbkdf-force-iterations", "1000", "--key-file", "KEY", "IMG"}},
	{"luks2", []string{"cryptsetup", "-q", "luksFormat", "--type", "luks2", "--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1000", "--label", "crypt l", "--uuid", uuidA, "--key-file", "KEY", "IMG"}},
	{"iso9660", []string{"xorriso", "-as", "mkisofs", "-quiet", "-J", "-R", "-V", "A_VOLUME_WITH_A_LONG_NAME", "-o", "IMG", "TREE"}},
	{"iso plain", []string{"xorriso", "-as", "mkisofs", "-quiet", "-V", "PLAIN", "-o", "IMG", "TREE"}},
	{"iso mixed case", []string{"xorriso", "-as", "mkisofs", "-quiet", "-J", "-joliet-long", "-V", "Mixed Case-Volume_0123456789", "-o", "IMG", "TREE"}},
	{"iso hybrid", []string{"xorriso", "-as", "mkisofs", "-quiet", "-hfsplus", "-J", "-V", "HYBRID", "-o", "IMG", "TREE"}},
	{"squashfs", []string{"mksquashfs", "TREE", "IMG", "-quiet", "-noappend"}},
	{"erofs", []string{"mkfs.erofs", "-U", uuidA, "IMG", "TREE"}},
	{"gpt", []string{"sgdisk", "-n1:2048:+8192", "IMG"}},
	{"empty gpt", []string{"sgdisk", "-o", "IMG"}},
	{"mbr", nil}, {"md 0.90", nil}, {"md 0.90 be", nil}, {"md 1.0", nil}, {"md 1.1", nil}, {"md 1.2", nil},
	{"lvm", nil}, {"zfs", nil}, {"bcache", nil}, {"f2fs", nil}, {"exfat", nil}, {"ntfs", nil}, {"udf", nil},
	{"luks2 second header", nil}, {"sun", nil}, {"pmbr", nil}, {"stratis", nil},
	{"reiserfs", nil}, {"jfs", nil}, {"suspended", nil}, {"gfs2", nil}, {"zonefs", nil}, {"apfs", nil},
	{"verity", []string{"veritysetup", "format", "TREE/big", "IMG"}},
}

func makeImage(t *testing.T, m maker, path string) bool {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	f.Truncate(128 * mib)
	f.Close()
	if raw := rawMakers[m.name]; raw != nil {
		raw(t, path)
		return true
	}
	bin, err := exec.LookPath(m.args[0])
	if err != nil {
		return false
	}
	tree := filepath.Join(filepath.Dir(path), "tree")
	key := filepath.Join(filepath.Dir(path), "key")
	os.MkdirAll(tree, 0o755)
	os.WriteFile(filepath.Join(tree, "big"), make([]byte, mib), 0o644)
	os.WriteFile(key, []byte("secret"), 0o600)
	var args []string
	for _, a := range m.args[1:] {
		args = append(args, strings.NewReplacer("IMG", path, "TREE", tree, "KEY", key).Replace(a))
	}
	cmd := exec.CommandContext(t.Context(), bin, args...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Logf("%s: %v: %s", m.name, err, out)
		return false
	}
	// Programs that make a whole image cut it.
	if st, err := os.Stat(path); err == nil && st.Size() < 2*mib {
		os.Truncate(path, 2*mib)
	}
	return true
}

// blkid is what the real program says, in the form of describe.
func blkid(t *testing.T, path string) string {
	t.Helper()
	out := testutil.Run(t, nil, testutil.Tool(t, "blkid"), "-p", "-o", "export", path)
	if out.Exit == 8 {
		return "ambivalent"
	}
	v := map[string]string{}
	for line := range strings.Lines(out.Stdout) {
		k, val, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		v[k] = strings.ReplaceAll(val, `\`, "")
	}
	return fmt.Sprintf("type=%s usage=%s uuid=%s label=%s table=%s", v["TYPE"], v["USAGE"], v["UUID"], v["LABEL"], v["PTTYPE"])
}

func describe(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	st, _ := f.Stat()
	res, err := blockdev.Probe(f, st.Size(), 512)
	if err != nil {
		t.Fatal(err)
	}
	if res.Ambivalent {
		return "ambivalent"
	}
	if res.Type == "udf" { // libblkid reads no names out of our sketch of a file system
		res.UUID, res.Label = "", ""
	}
	return fmt.Sprintf("type=%s usage=%s uuid=%s label=%s table=%s", res.Type, res.Usage, res.UUID, res.Label, res.Table)
}

func TestProbeLikeBlkid(t *testing.T) {
	testutil.Tool(t, "blkid")
	for _, m := range makers {
		t.Run(m.name, func(t *testing.T) {
			img := filepath.Join(t.TempDir(), "img")
			if !makeImage(t, m, img) {
				testutil.Missing(t, "cannot make %s", m.name)
			}
			want, got := blkid(t, img), describe(t, img)
			if got != want {
				t.Errorf("\n got %s\nwant %s", got, want)
			}
			if got == "type= usage= uuid= label= table=" {
				t.Errorf("nothing recognized: %s", got)
			}
			if testutil.Run(t, nil, testutil.Tool(t, "wipefs"), "-a", img).Exit != 0 {
				t.Fatal("wipefs")
			}
			if got, want := describe(t, img), blkid(t, img); got != want {
				t.Errorf("wiped:\n got %s\nwant %s", got, want)
			}
		})
	}
}

// TestOverlays makes one thing over another, and copies pieces of one into another.
func TestOverlaysLikeBlkid(t *testing.T) {
	testutil.Tool(t, "blkid")
	rng := rand.New(rand.NewPCG(testutil.Seed(t), 1))
	dir := t.TempDir()
	n := 24
	if s := os.Getenv("OVERLAYS"); s != "" {
		fmt.Sscan(s, &n)
	}
	if testing.Short() {
		n = 5
	}
	for range n {
		a, b := makers[rng.IntN(len(makers))], makers[rng.IntN(len(makers))]
		img, other := filepath.Join(dir, "img"), filepath.Join(dir, "other")
		os.Remove(img)
		os.Remove(other)
		if !makeImage(t, a, img) {
			continue
		}
		how := "over"
		if rng.IntN(2) == 0 {
			if !makeImage(t, b, img) {
				continue
			}
		} else {
			if !makeImage(t, b, other) {
				continue
			}
			how = splice(t, rng, img, other)
		}
		if want, got := blkid(t, img), describe(t, img); got != want {
			t.Errorf("%s %s %s:\n got %s\nwant %s", b.name, how, a.name, got, want)
			if keep := os.Getenv("KEEP_IMAGES"); keep != "" {
				os.Rename(img, filepath.Join(keep, strings.ReplaceAll(b.name+how+a.name, " ", "_")))
			}
		}
	}
}

// splice copies a piece of one image over another's.
func splice(t *testing.T, rng *rand.Rand, img, other string) string {
	from := int64([]int{0, 512, 1024, 4096, 32768, 65536, 127 * mib}[rng.IntN(7)])
	size := int64([]int{512, 1024, 4096, 65536, mib}[rng.IntN(5)])
	src, err := os.ReadFile(other)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(img, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if from < int64(len(src)) {
		f.WriteAt(src[from:min(from+size, int64(len(src)))], from)
	}
	return fmt.Sprintf("[%d:+%d] over", from, size)
}
