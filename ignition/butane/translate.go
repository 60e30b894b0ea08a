package butane

import (
	"reflect"
	"regexp"
	"slices"

	"github.com/nestos-dev/nestos/ignition/butane/internal/schema"
	"github.com/nestos-dev/nestos/ignition/config/merge"
	"github.com/nestos-dev/nestos/ignition/config/report"
	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

// translation is one config on its way. Findings are in paths of the source.
type translation struct {
	findings
	*dialect
	opt     *Options
	src     *schema.Config
	files   localFiles
	enc     encoder
	cfg     types.Config
	origins *origins
}

// fields translates all that needs no sugar, in the order of the schema: that is
// the order of what is found wrong with local files.
func (t *translation) fields() {
	t.origins = newOrigins(nil)
	t.ignition()
	t.cfg.KernelArguments = types.KernelArguments{
		ShouldExist:    strs[types.KernelArgument](t.src.KernelArguments.ShouldExist),
		ShouldNotExist: strs[types.KernelArgument](t.src.KernelArguments.ShouldNotExist),
	}
	t.passwd()
	t.storage()
	t.systemd()
	direct := t.cfg
	t.origins.direct = &direct
	// Sections that hold nothing but sugar have nothing in the config so far.
	if !reflect.ValueOf(t.src.Storage).IsZero() {
		t.origins.set(report.Path{"storage"}, report.Path{"storage"})
	}
	if !reflect.ValueOf(t.src.Systemd).IsZero() {
		t.origins.set(report.Path{"systemd"}, report.Path{"systemd"})
	}
}

func (t *translation) ignition() {
	src, dst := &t.src.Ignition, &t.cfg.Ignition
	dst.Version = t.dialect.ignition
	t.origins.set(report.Path{"ignition", "version"}, report.Path{"version"})
	at, json := report.Path{"ignition", "config"}, report.Path{"ignition", "config"}
	dst.Config.Merge = list(src.Config.Merge, func(i int, r *schema.ConfigReference) types.Resource {
		return t.reference(schema.Resource(*r), at.Append("merge", i), json.Append("merge", i))
	})
	dst.Config.Replace = t.reference(schema.Resource(src.Config.Replace), at.Append("replace"), json.Append("replace"))
	dst.Proxy = types.Proxy{
		HTTPProxy:  src.Proxy.HTTPProxy,
		HTTPSProxy: src.Proxy.HTTPSProxy,
		NoProxy:    strs[types.NoProxyItem](src.Proxy.NoProxy),
	}
	tls := report.Path{"ignition", "security", "tls"}
	dst.Security.TLS.CertificateAuthorities = list(src.Security.TLS.CertificateAuthorities, func(i int, r *schema.CaReference) types.Resource {
		res := t.resource(schema.Resource(*r), tls.Append("certificate_authorities", i), tls.Append("certificateAuthorities", i))
		if t.base == 1 {
			res.Source = orEmpty(res.Source)
		}
		return res
	})
	dst.Timeouts = types.Timeouts(src.Timeouts)
}

// reference translates a config that is to be merged.
func (t *translation) reference(r schema.Resource, at, json report.Path) types.Resource {
	if (t.localChecked || t.opt.Thorough) && r.Local != nil {
		if contents, err := t.readLocal(*r.Local); err == nil {
			t.checkReferenced(t.dialect, contents, at, at.Append("local"))
		}
	}
	return t.resource(r, at, json)
}

// resource translates a resource; its place is at in the source, json in the config.
func (t *translation) resource(r schema.Resource, at, json report.Path) types.Resource {
	res := types.Resource{
		Compression:  r.Compression,
		HTTPHeaders:  list(r.HTTPHeaders, func(_ int, h *schema.HTTPHeader) types.HTTPHeader { return types.HTTPHeader(*h) }),
		Source:       r.Source,
		Verification: types.Verification(r.Verification),
	}
	var contents []byte
	switch {
	case r.Local != nil:
		at = at.Append("local")
		var err error
		if contents, err = t.readLocal(*r.Local); err != nil {
			t.fail(at, err.Error())
			return res
		}
	case r.Inline != nil:
		at = at.Append("inline")
		contents = []byte(*r.Inline)
	default:
		return res
	}
	t.origins.set(json.Append("source"), at)
	if t.base == 1 {
		res.Source = t.enc.plain(contents)
		return res
	}
	t.embed(&res, contents)
	if isEmpty(r.Compression) {
		t.origins.set(json.Append("compression"), at)
	}
	return res
}

// embed puts contents into a resource.
func (t *translation) embed(res *types.Resource, contents []byte) {
	url, compression := t.enc.add(contents, res.Compression)
	res.Source = url
	if compression != nil {
		res.Compression = compression
	}
}

func (t *translation) passwd() {
	at := report.Path{"passwd", "users"}
	t.cfg.Passwd.Groups = list(t.src.Passwd.Groups, func(_ int, g *schema.PasswdGroup) types.PasswdGroup { return types.PasswdGroup(*g) })
	t.cfg.Passwd.Users = list(t.src.Passwd.Users, func(i int, u *schema.PasswdUser) types.PasswdUser {
		user := types.PasswdUser{
			Gecos:             u.Gecos,
			Groups:            strs[types.Group](u.Groups),
			HomeDir:           u.HomeDir,
			Name:              u.Name,
			NoCreateHome:      u.NoCreateHome,
			NoLogInit:         u.NoLogInit,
			NoUserGroup:       u.NoUserGroup,
			PasswordHash:      u.PasswordHash,
			PrimaryGroup:      u.PrimaryGroup,
			SSHAuthorizedKeys: strs[types.SSHAuthorizedKey](u.SSHAuthorizedKeys),
			Shell:             u.Shell,
			ShouldExist:       u.ShouldExist,
			System:            u.System,
			UID:               u.UID,
		}
		if len(u.SSHAuthorizedKeysLocal) > 0 {
			t.localKeys(u.SSHAuthorizedKeysLocal, &user, at.Append(i))
		}
		return user
	})
}

var newlineRe = regexp.MustCompile("\r?\n")

// localKeys adds the keys of local files to a user.
func (t *translation) localKeys(names []string, user *types.PasswdUser, userPath report.Path) {
	at, json := userPath.Append("ssh_authorized_keys_local"), userPath.Append("sshAuthorizedKeys")
	t.origins.set(json, at)
	if t.files == nil {
		t.fail(at, errNoFilesDir.Error())
		return
	}
	for i, name := range names {
		keys, err := t.readLocal(name)
		if err != nil {
			t.fail(at.Append(i), err.Error())
			continue
		}
		for _, line := range newlineRe.Split(string(keys), -1) {
			if line != "" {
				t.origins.set(json.Append(len(user.SSHAuthorizedKeys)), at.Append(i))
				user.SSHAuthorizedKeys = append(user.SSHAuthorizedKeys, types.SSHAuthorizedKey(line))
			}
		}
	}
}

func (t *translation) storage() {
	src, dst := &t.src.Storage, &t.cfg.Storage
	dst.Directories = list(src.Directories, func(_ int, d *schema.Directory) types.Directory {
		return types.Directory{Node: node(d.Path, d.User, d.Group, d.Overwrite), DirectoryEmbedded1: types.DirectoryEmbedded1{Mode: d.Mode}}
	})
	dst.Disks = list(src.Disks, func(_ int, d *schema.Disk) types.Disk {
		return types.Disk{
			Device:     d.Device,
			Partitions: list(d.Partitions, func(_ int, p *schema.Partition) types.Partition { return types.Partition(*p) }),
			WipeTable:  d.WipeTable,
		}
	})
	dst.Files = list(src.Files, t.file)
	dst.Filesystems = list(src.Filesystems, func(_ int, f *schema.Filesystem) types.Filesystem {
		return types.Filesystem{
			Device:         f.Device,
			Format:         f.Format,
			Label:          f.Label,
			MountOptions:   strs[types.MountOption](f.MountOptions),
			Options:        strs[types.FilesystemOption](f.Options),
			Path:           f.Path,
			UUID:           f.UUID,
			WipeFilesystem: f.WipeFilesystem,
		}
	})
	dst.Links = list(src.Links, func(_ int, l *schema.Link) types.Link {
		return types.Link{
			Node:          node(l.Path, l.User, l.Group, l.Overwrite),
			LinkEmbedded1: types.LinkEmbedded1{Hard: l.Hard, Target: t.required(l.Target)},
		}
	})
	dst.Luks = list(src.Luks, t.luks)
	dst.Raid = list(src.Raid, func(_ int, r *schema.Raid) types.Raid {
		return types.Raid{
			Devices: strs[types.Device](r.Devices),
			Level:   t.required(r.Level),
			Name:    r.Name,
			Options: strs[types.RaidOption](r.Options),
			Spares:  r.Spares,
		}
	})
}

// required is a string that is written even if unset in the versions of Ignition
// where it is no pointer.
func (t *translation) required(s *string) *string {
	if t.base < 4 {
		return orEmpty(s)
	}
	return s
}

func orEmpty(s *string) *string {
	if s == nil {
		return ptr("")
	}
	return s
}

func node(path string, user schema.NodeUser, group schema.NodeGroup, overwrite *bool) types.Node {
	return types.Node{
		Group:     types.NodeGroup(group),
		Overwrite: overwrite,
		Path:      path,
		User:      types.NodeUser(user),
	}
}

func (t *translation) file(i int, f *schema.File) types.File {
	at := report.Path{"storage", "files", i}
	return types.File{
		Node: node(f.Path, f.User, f.Group, f.Overwrite),
		FileEmbedded1: types.FileEmbedded1{
			Append: list(f.Append, func(i int, r *schema.FileContents) types.Resource {
				at := at.Append("append", i)
				return t.resource(schema.Resource(*r), at, at)
			}),
			Contents: t.resource(schema.Resource(f.Contents), at.Append("contents"), at.Append("contents")),
			Mode:     f.Mode,
		},
	}
}

func (t *translation) luks(i int, l *schema.Luks) types.Luks {
	at := report.Path{"storage", "luks", i}
	return types.Luks{
		Cex:         types.Cex(l.Cex),
		Clevis:      t.clevis(l.Clevis),
		Device:      l.Device,
		Discard:     l.Discard,
		KeyFile:     t.resource(l.KeyFile, at.Append("key_file"), at.Append("keyFile")),
		Label:       l.Label,
		Name:        l.Name,
		OpenOptions: strs[types.OpenOption](l.OpenOptions),
		Options:     strs[types.LuksOption](l.Options),
		UUID:        l.UUID,
		WipeVolume:  l.WipeVolume,
	}
}

func (t *translation) clevis(c *schema.Clevis) types.Clevis {
	if c == nil {
		return types.Clevis{}
	}
	clevis := types.Clevis{Tang: tangs(c.Tang), Threshold: c.Threshold, Tpm2: c.Tpm2}
	if c.Custom != nil {
		clevis.Custom = types.ClevisCustom{
			Config:       t.required(c.Custom.Config),
			NeedsNetwork: c.Custom.NeedsNetwork,
			Pin:          t.required(c.Custom.Pin),
		}
	}
	if t.base < 4 && clevis.Tang == nil {
		// The object is written though there is nothing in it.
		clevis.Tang = []types.Tang{}
	}
	return clevis
}

func tangs(src []schema.Tang) []types.Tang {
	return list(src, func(_ int, s *schema.Tang) types.Tang {
		return types.Tang{Advertisement: s.Advertisement, Thumbprint: s.Thumbprint, URL: s.URL}
	})
}

func (t *translation) systemd() {
	at := report.Path{"systemd", "units"}
	t.cfg.Systemd.Units = list(t.src.Systemd.Units, func(i int, u *schema.Unit) types.Unit {
		at := at.Append(i)
		unit := types.Unit{
			Contents: u.Contents,
			Dropins: list(u.Dropins, func(i int, d *schema.Dropin) types.Dropin {
				return types.Dropin{Contents: t.text(d.Contents, d.ContentsLocal, at.Append("dropins", i)), Name: d.Name}
			}),
			Enabled: u.Enabled,
			Mask:    u.Mask,
			Name:    u.Name,
		}
		unit.Contents = t.text(u.Contents, u.ContentsLocal, at)
		return unit
	})
}

// text is the contents of a unit or drop-in.
func (t *translation) text(contents, local *string, at report.Path) *string {
	if isEmpty(local) {
		return contents
	}
	from := at.Append("contents_local")
	b, err := t.readLocal(*local)
	if err != nil {
		t.fail(from, err.Error())
		return contents
	}
	t.origins.set(at.Append("contents"), from)
	return ptr(string(b))
}

// overlay makes sugar the parent of what is there: users can override any of it.
func (t *translation) overlay(sugar types.Config, from *origins) {
	child := t.cfg
	t.cfg = merge.Merge(sugar, child)
	if t.base < 4 {
		child = withoutRequired(child)
	}
	t.origins = merged(sugar, from, child, t.origins)
}

// withoutRequired is cfg without the empty strings that are only there because the
// output's version requires them: nobody gave them.
func withoutRequired(cfg types.Config) types.Config {
	unset := func(s **string) {
		if *s != nil && **s == "" {
			*s = nil
		}
	}
	s := &cfg.Storage
	s.Links, s.Raid, s.Luks = slices.Clone(s.Links), slices.Clone(s.Raid), slices.Clone(s.Luks)
	for i := range s.Links {
		unset(&s.Links[i].Target)
	}
	for i := range s.Raid {
		unset(&s.Raid[i].Level)
	}
	for i := range s.Luks {
		custom := &s.Luks[i].Clevis.Custom
		unset(&custom.Pin)
		unset(&custom.Config)
	}
	return cfg
}

// list translates a list; absent ones stay absent.
func list[S, D any](src []S, f func(int, *S) D) []D {
	if src == nil {
		return nil
	}
	dst := make([]D, len(src))
	for i := range src {
		dst[i] = f(i, &src[i])
	}
	return dst
}

func strs[D, S ~string](src []S) []D {
	return list(src, func(_ int, s *S) D { return D(*s) })
}
