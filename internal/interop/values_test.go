package interop

import "strings"

// A values makes the value of one field: a good one, or a bad one.
type values struct {
	good, bad func(s source, minor int) any
}

func strs(of ...string) func(source, int) any {
	return func(s source, _ int) any { return pick(s, of...) }
}

func ints(of ...int) func(source, int) any {
	return func(s source, _ int) any { return pick(s, of...) }
}

func sources(s source, minor int) any {
	of := []string{
		"data:,x", "data:,", "data:,%41%0a", "data:;base64,aGVsbG8=", "data:text/plain;charset=utf-8,a",
		"data:text/plain;charset=utf-8;base64,aGk=", "http://example.com/a?b=c#d", "https://user@example.com:8443/", "tftp://10.0.0.1/f", "s3://bucket/key",
		"s3://bucket/key?versionId=abc", "data:image/svg+xml;utf8,abc", "http://[fe80::1%25en0]/", "HTTP://example.com", "data:,a%20b",
	}
	if minor >= 2 {
		of = append(of, "gs://bucket/object")
	}
	if minor >= 4 {
		of = append(of, "arn:aws:s3:::bucket/key", "arn:aws:s3:us-west-1:123456789012:accesspoint/test/object/some/path", "arn:aws:s3:::bucket/key?versionId=1")
	}
	return pick(s, of...)
}

func badSources(s source, _ int) any {
	if s.chance(50) {
		return "data:" + s.soup(8, "a", "text/plain", "image", "/", ";", ",", "=", "charset", "base64", "utf-8", "%41", "%", "%4", "%zz", `"`, `\`, " ", "\n", "aGk=", "aGk", "é", "x-y/z", "(", ".", "+", "-", "?", "#", "*", "'", "[", "\x01", "\x7f", "\u2028", ":", "@")
	}
	return pick(s, "", "file:///x", "oem:///x", "http//x", "://", "http://[::1", "http://a b/", "%zz", "s3://bucket/key?versionId=", "s3://bucket/key?versionId", "DATA:,x", "Data:,a b",
		"gs://bucket/object", "arn:aws:s3:::bucket", "arn:aws:s3:::bucket/key", "arn:aws:s3:::", "arn:aws:ec2:::bucket/key", "arn:", "arn:aws", "arn:aws:s3:a:b:accesspoint/x", "arn:aws:s3:a:b:accesspoint/x/y", "arn:aws:s3:a:b:accesspoint/x/y/z",
		"arn:aws:s3:a:b:accesspoint:x/y/z", "arn:aws:s3:::bucket/key?versionId=", "arn:a:s3::::/x", "ARN:aws:s3:::bucket/key", "arn://aws:s3:::bucket/key", "http://\x7f/", "http://example.com/%", "relative/path", "//host/path", "http://host:port/", "https://", "data", "data:", "\x00", "http://a/\n", " http://a/", "1http://a/", "a_b://c")
}

const oldGUID = "0FC63DAF-8483-4772-8E79-3D69D8477DE4"

func labels(s source, _ int) any { return pick(s, "root", "boot", "a", "bcd", "data") }

func badLabels(s source, _ int) any {
	return pick(s, "", strings.Repeat("x", 12), strings.Repeat("x", 13), strings.Repeat("é", 8), strings.Repeat("x", 15), strings.Repeat("x", 16), strings.Repeat("x", 17), strings.Repeat("x", 36), strings.Repeat("é", 18), strings.Repeat("x", 37), strings.Repeat("x", 47), strings.Repeat("x", 48), strings.Repeat("x", 256), strings.Repeat("x", 257), "a:b", ":", "root")
}

func hashes(s source, minor int) any {
	if minor >= 1 && s.chance(50) {
		return "sha256-" + s.hex(64)
	}
	return "sha512-" + s.hex(128)
}

func badHashes(s source, _ int) any {
	return pick(s, "", "-", "sha512", "sha512-", "sha256-"+s.hex(64), "sha256-"+s.hex(63), "sha512-"+s.hex(127), "sha512-"+strings.Repeat("z", 128), "md5-"+s.hex(32), "SHA512-"+s.hex(128), "sha512-"+s.hex(64)+"-"+s.hex(63), "sha1-"+s.hex(40))
}

func paths(s source, _ int) any {
	return pick(s, "/etc/a", "/etc/b", "/etc/c/d", "/opt", "/opt/x", "/opt/x/y", "/var/lib/z", "/home/core/.ssh", "/é", "/etc/systemd/system/z.service", "/srv") + s.soup(2, "", "", "1", "2", "3")
}

func badPaths(s source, _ int) any {
	return pick(s, "", "etc/a", "/etc//a", "/etc/a/", "/etc/./a", "/etc/../a", "/", "//", ".", "..", "/..", "/etc/systemd/system/a.service", "/etc/systemd/system/a.service.d/x.conf", "/opt", "/opt/x", "/opt/x/y", "/etc/a", "/etc/systemd/system/b@.service")
}

func devices(s source, _ int) any {
	return pick(s, "/dev/vda", "/dev/vdb", "/dev/vdc", "/dev/disk/by-label/x", "/dev/md/y") + s.soup(1, "", "1", "2")
}

func units(s source, _ int) any {
	return pick(s, "a.service", "b@.service", "b@x.service", "c.timer", "d.mount", "e.socket", "f.path", "g.target", "h.slice", "c@.service", "c@1.service", "c@2.service")
}

func badUnits(s source, _ int) any {
	return pick(s, "", "a", "a.conf", ".service", "a.SERVICE", "b@", "@.service", "b@x@y.service", "a.service.d", "x.snapshot", "x.scope", "x.swap", "x.device", "x.automount", "b@.timer", "b@x.timer", "@x.service", "a.service")
}

func contents(s source, _ int) any {
	return pick(s, "", "[Unit]\nDescription=x\n[Install]\nWantedBy=multi-user.target\n", "[Service]\nExecStart=/bin/true\n", "[Install]\nWantedBy=a\n", "# comment\n[Unit]\nA=b \\\n c\n\n[Install]\n", "[Unit]", "[Unit]\r\nA=b\r\n")
}

func badContents(s source, _ int) any {
	if s.chance(30) {
		return strings.Repeat(pick(s, "x", "[", "# ", "a=b", "a=b\\\n", "\n"), pick(s, 700, 2047, 2048, 2049, 2100)) + s.soup(3, "=", "\n", "[Install]", "]")
	}
	return s.soup(12, "[", "]", "Install", "Unit", "\n", "\r\n", "=", "a", "WantedBy", " ", "\t", "#", ";", "\\", "\\\n", "é", "\x00", "[Unit]", "[Install]", "[Install]\n", "[Service]\n", "key=value\n", "key\n", "key", "\"", "\u2028")
}

var guids = values{
	func(s source, _ int) any { return pick(s, s.guid(), oldGUID) },
	func(s source, _ int) any {
		return pick(s, "", "x", s.guid()+"0", s.guid()[1:], strings.ReplaceAll(s.guid(), "-", "_"), "{"+oldGUID+"}", oldGUID+"\n", "g"+oldGUID[1:])
	},
}

// fieldValues are the values by struct and JSON name, or by JSON name.
var fieldValues = map[string]values{
	"source":                      {sources, badSources},
	"CaReference.source":          {sources, badSources},
	"Proxy.httpProxy":             {strs("http://proxy:3128", "https://proxy"), strs("", "ftp://x", "proxy:3128", "%zz", "http://[", "//x")},
	"Proxy.httpsProxy":            {strs("https://proxy", "https://proxy:1/x"), strs("", "http://proxy", "socks5://x", "http://%zz", "HTTP://x")},
	"Proxy.noProxy":               {strs("a", "b", ".c", "10.0.0.0/8", "*"), strs("", "a")},
	"compression":                 {strs("", "gzip"), strs("xz", "GZIP", "gzip ", "\x00")},
	"hash":                        {hashes, badHashes},
	"HTTPHeader.name":             {strs("X-A", "X-A", "x-a", "Authorization"), strs("", "a b", "é")},
	"HTTPHeader.value":            {strs("1", "two", "é"), strs("")},
	"device":                      {devices, strs("", "dev/vda", "/dev//vda", "/dev/vda/", "/dev/../vda", "tag", strings.Repeat("t", 36), strings.Repeat("t", 37), "/dev/vda")},
	"devices":                     {devices, strs("", "dev/vda", "/dev/vda/", "/dev/vda")},
	"Partition.number":            {ints(0, 1, 2, 3, 4, 5, 6, 7), ints(-1, 1, 1, 1000000)},
	"Partition.sizeMiB":           {ints(0, 10, 20), ints(-1, -5, 0, 1, 1<<40, 1<<62)},
	"Partition.startMiB":          {ints(0, 100, 200, 300, 400, 500, 600), ints(-1, 0, 1, 5, 10, 105, 1<<40, 1<<62)},
	"Partition.typeGuid":          guids,
	"Partition.guid":              guids,
	"label":                       {labels, badLabels},
	"Raid.level":                  {strs("raid1", "1", "mirror", "raid4", "raid5", "5", "raid6", "raid10", "10", "linear", "raid0", "0", "stripe"), strs("", "raid7", "RAID1", "zero", "linear", "raid0", "0", "stripe")},
	"Raid.spares":                 {ints(0), ints(1, -1, 2)},
	"Raid.name":                   {strs("data", "sys", "md1"), strs("", "a/b", "data")},
	"Luks.name":                   {strs("root", "var", "data"), strs("", "a/b", "/", "root")},
	"Luks.options":                {strs("--cipher", "aes"), strs("", "aes")},
	"uuid":                        {strs("u-u", oldGUID), strs("", "x")},
	"Clevis.threshold":            {ints(0, 1), ints(-1, 2)},
	"Custom.pin":                  {strs("tpm2", "tang", "sss"), strs("", "other", "TANG")},
	"ClevisCustom.pin":            {strs("tpm2", "tang", "sss"), strs("", "other", "pkcs11")},
	"config":                      {strs("{}", "x"), strs("")},
	"Tang.url":                    {strs("http://tang1", "https://tang2/x", "http://tang3"), strs("", "ftp://x", "%zz", "tang", "http://tang1")},
	"Tang.thumbprint":             {strs("abc", "def"), strs("")},
	"Tang.advertisement":          {strs("", `{"payload":"x"}`, "[]", "1", "null", ` "x" `), strs("{", "x", "{} {}", "nul")},
	"Filesystem.format":           {strs("ext4", "btrfs", "xfs", "vfat", "swap"), strs("", "none", "virtiofs", "ext3", "EXT4")},
	"Filesystem.path":             {strs("", "/var", "/srv", "/home"), badPaths},
	"Filesystem.options":          {strs("-L", "x", "-O"), strs("")},
	"Filesystem.mountOptions":     {strs("ro", "noatime", "x"), strs("")},
	"path":                        {paths, badPaths},
	"NodeUser.id":                 {ints(0, 500, 1000), ints(-1)},
	"NodeUser.name":               {strs("", "core", "root"), strs("core")},
	"NodeGroup.id":                {ints(0, 500), ints(-1)},
	"NodeGroup.name":              {strs("", "wheel"), strs("wheel")},
	"mode":                        {ints(0, 0o644, 0o755, 0o777), ints(-1, 0o1777, 0o4755, 0o2755, 0o7777, 0o10000, 644, 1<<40)},
	"Link.target":                 {strs("/opt", "/etc/a", "../x", "x", "/opt/x/y", "y"), strs("", "/opt/", "/", ".", "../../opt", "/etc/./a")},
	"Unit.name":                   {units, badUnits},
	"Unit.contents":               {contents, badContents},
	"Dropin.name":                 {strs("x.conf", "y.conf", "10-z.conf"), strs("", "x", "x.service", ".conf", "x.CONF", "x.conf")},
	"Dropin.contents":             {contents, badContents},
	"PasswdUser.name":             {strs("core", "bob", "alice"), strs("", "core")},
	"PasswdGroup.name":            {strs("wheel", "docker", "g"), strs("", "g")},
	"groups":                      {strs("wheel", "docker", "sudo"), strs("", "wheel")},
	"sshAuthorizedKeys":           {strs("ssh-rsa A", "ssh-rsa B", "ssh-ed25519 C"), strs("", "ssh-rsa A")},
	"KernelArguments.shouldExist": {strs("quiet", "a=b", "a=c", "debug"), strs("", "quiet")},
	"shouldNotExist":              {strs("splash", "d=e", "nosmt"), strs("", "quiet")},
	"Timeouts.httpTotal":          {ints(0, 1, 90), ints(-1)},
}

// valuesOf finds the values of a field of a struct.
func valuesOf(owner, name string) (values, bool) {
	for _, key := range []string{strings.TrimSuffix(owner, "Embedded1") + "." + name, name} {
		for _, table := range []map[string]values{fieldValues, butaneValues} {
			if v, ok := table[key]; ok {
				return v, true
			}
		}
	}
	return values{}, false
}
