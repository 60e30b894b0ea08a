package configgen

import (
	"reflect"
	"strings"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

var paths = []string{"/a", "/b", "/a/b", "/a/b/c", "/c", "/d", "/e/f", "/etc/x", "/etc/systemd/system/a.service", "/etc/systemd/system/a.service.d/1.conf", "/var", "/var/lib"}

var badPaths = []string{"", "a", "/a/", "/a//b", "/a/../b", "/", "/./", ".", "//"}

var sources = []string{"http://h/a", "https://h/b", "data:,x", "data:;base64,eA==", "tftp://t/x", "s3://b/k", "gs://b/k", "arn:aws:s3:::b/k", "data:text/plain;charset=utf-8,%20", "https://h/c", "https://h/d", "data:,y"}

var badSources = []string{"", "oem:///x", "file:///x", "data:", "data:,a b", "data:;base64,a", "data:,%", "data:,%zz", "data:x,", "http://%", "a:b:c", "://", "s3://b/k?versionId=", "s3://b/k?versionId=1",
	"arn:", "arn:aws:s3:::b", "arn:aws:ec2:::b/k", "arn:aws:s3:r:a:accesspoint/x/object/k", "arn:aws:s3:r:a:accesspoint/x", "ARN:aws:s3:::b/k?versionId=", "HTTP://h", "data:\n,", "data:/x,", "data:,x?y#z", "data:,x#%", "//h/x", "data:;base64,eA==#x", "http://h/\x7f"}

var units = []string{"a.service", "b.service", "c.socket", "t@.service", "t@1.service", "t@2.service", "d.mount", "e.timer"}

var badUnits = []string{"", "a", "a.conf", "a.service.d", "@.service", "@@x.service", "x@.service", "t@\n.service", "x/y.service", "x@y@z.service", "x@.service"}

var contents = []string{"", "[Unit]\nDescription=x\n", "[Service]\nExecStart=/a\n[Install]\nWantedBy=x\n", "[Install]\n", "[Install]\nA=b", "# c\n[Unit]\nA=b\\\nc\n", "[Service]\r\nA=b\r\n[Install]\r\nA=c\r\n"}

var badContents = []string{"[", "[a", "[a]x", "[a]\nb", "[a]\nb\nc=d", "x", "[a]\nb=" + strings.Repeat("x", 2100) + "\n", "[a]\nb=c\nd=" + strings.Repeat("y", 5000), "[a] \nb=c\\", "é[a]\nb"}

// text is a string for a field of a name and a type.
func (g *Generator) text(t reflect.Type, name, version string) string {
	good, bad := g.pool(t, name, version)
	if name == "version" && g.r.IntN(10) > 0 {
		return version
	}
	if len(bad) > 0 && g.r.IntN(1000) < 8*g.Odd {
		return pick(g, bad)
	}
	return pick(g, good)
}

func (g *Generator) pool(t reflect.Type, name, version string) (good, bad []string) {
	switch t {
	case reflect.TypeFor[types.Device]():
		return paths, badPaths
	case reflect.TypeFor[types.SSHAuthorizedKey](), reflect.TypeFor[types.Group](), reflect.TypeFor[types.KernelArgument](), reflect.TypeFor[types.NoProxyItem]():
		return []string{"k1", "k2", "k3", "k4", "k5 x", "k6", "k7", "k8"}, []string{""}
	}
	switch name {
	case "version":
		return []string{version}, []string{"3.8.0", "2.3.0", "", "3", "03.4.0", "3.4.0+x", "3.5.0-experimental", "3.7.0", "a.b.c", "3.4.0-", "3.4.0-a..b", "3.4.99999999999999999999"}
	case "path", "device", "homeDir":
		return paths, badPaths
	case "target":
		return append([]string{"x", "../a", "b"}, paths...), []string{"", "/a/", "/../a"}
	case "source", "url", "httpProxy", "httpsProxy":
		return sources, badSources
	case "name":
		switch t {
		case reflect.TypeFor[types.Unit]():
			return units, badUnits
		case reflect.TypeFor[types.Dropin]():
			return []string{"1.conf", "2.conf", "3.conf"}, badUnits
		}
		return []string{"n1", "n2", "n3", "n4", "X-H", "n/5"}, []string{"", "a/b"}
	case "contents":
		return contents, badContents
	case "hash":
		return []string{"sha512-" + strings.Repeat("ab", 64), "sha256-" + strings.Repeat("cd", 32)}, []string{"", "sha512", "sha512-", "md5-00", "sha256-" + strings.Repeat("ab", 64), "-"}
	case "compression":
		return []string{"gzip", ""}, []string{"xz"}
	case "level":
		return []string{"raid1", "1", "raid0", "0", "linear", "stripe", "mirror", "raid10", "5", "6", "raid6", "raid5", "4", "raid4", "10"}, []string{"", "raid7", "JBOD"}
	case "format":
		return []string{"ext4", "xfs", "btrfs", "vfat", "swap", "none", "virtiofs"}, []string{"", "ntfs"}
	case "guid", "typeGuid":
		return []string{"01234567-89AB-cdef-EDCB-A98765432101", ""}, []string{"x", "01234567-89AB-cdef-EDCB-A9876543210", "0123456-789AB-cdef-EDCB-A98765432101", "g1234567-89AB-cdef-EDCB-A98765432101"}
	case "label":
		return []string{"l1", "l2", "l3", "l4", "l5"}, []string{"", "a:b", strings.Repeat("l", 12), strings.Repeat("l", 13), strings.Repeat("l", 16), strings.Repeat("l", 17), strings.Repeat("l", 36), strings.Repeat("l", 48), strings.Repeat("é", 20), strings.Repeat("l", 257)}
	case "pin":
		return []string{"tpm2", "tang", "sss"}, []string{"", "yubikey"}
	case "config":
		return []string{"{}", "x"}, []string{""}
	case "advertisement":
		return []string{"{}", `{"a":[1]}`, ""}, []string{"{", "x", "1e999", " "}
	}
	return []string{"v1", "v2", "v3"}, []string{"", "é", "\x01", "<&>", "\xff"}
}
