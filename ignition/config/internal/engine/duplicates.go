package engine

import (
	"strconv"

	"github.com/nestos-dev/nestos/ignition/config/report"
	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

// Duplicates finds entries of lists that have the key of an earlier one. Lists in
// which repeating means something are left out: appended contents, mount options
// and the options of mkfs, mdadm and luksFormat.
func Duplicates(cfg *types.Config, sink *Sink) {
	d := &duplicates{sink: sink}
	root := &place{}
	ignition := at(root, "ignition")
	d.ignition(&ignition, &cfg.Ignition)

	kargs := at(root, "kernelArguments")
	one := newSet(len(cfg.KernelArguments.ShouldExist) + len(cfg.KernelArguments.ShouldNotExist))
	unique(d, &kargs, "shouldExist", cfg.KernelArguments.ShouldExist, one, text)
	unique(d, &kargs, "shouldNotExist", cfg.KernelArguments.ShouldNotExist, one, text)

	passwd := at(root, "passwd")
	d.passwd(&passwd, &cfg.Passwd)
	storage := at(root, "storage")
	d.storage(&storage, &cfg.Storage)
	systemd := at(root, "systemd")
	units := cfg.Systemd.Units
	unique(d, &systemd, "units", units, newSet(len(units)), func(u *types.Unit) string { return u.Name })
	each(&systemd, "units", units, func(p *place, u *types.Unit) {
		unique(d, p, "dropins", u.Dropins, newSet(len(u.Dropins)), func(x *types.Dropin) string { return x.Name })
	})
}

type duplicates struct{ sink *Sink }

// set is the keys seen so far. It is nil where there cannot be two.
type set map[string]struct{}

func newSet(n int) set {
	if n < 2 {
		return nil
	}
	return make(set, n)
}

// unique reports the elements of a list whose keys are in seen, and adds all keys
// to it.
func unique[E any](d *duplicates, parent *place, name string, list []E, seen set, key func(*E) string) {
	if seen == nil {
		return
	}
	for i := range list {
		k := key(&list[i])
		if _, ok := seen[k]; ok {
			d.sink.add(report.Entry{
				Kind: report.Error, Message: "duplicate entry defined", HasPath: true, Path: parent.path().Append(name, i),
			})
			continue
		}
		seen[k] = struct{}{}
	}
}

func text[S ~string](s *S) string { return string(*s) }

func (d *duplicates) ignition(p *place, ign *types.Ignition) {
	config := at(p, "config")
	d.resources(&config, "merge", ign.Config.Merge)
	replace := at(&config, "replace")
	d.headers(&replace, &ign.Config.Replace)

	proxy := at(p, "proxy")
	unique(d, &proxy, "noProxy", ign.Proxy.NoProxy, newSet(len(ign.Proxy.NoProxy)), text)

	security := at(p, "security")
	tls := at(&security, "tls")
	d.resources(&tls, "certificateAuthorities", ign.Security.TLS.CertificateAuthorities)
}

func (d *duplicates) resources(p *place, name string, list []types.Resource) {
	unique(d, p, name, list, newSet(len(list)), func(r *types.Resource) string {
		if r.Source == nil {
			return ""
		}
		return *r.Source
	})
	each(p, name, list, d.headers)
}

func (d *duplicates) headers(p *place, r *types.Resource) {
	unique(d, p, "httpHeaders", r.HTTPHeaders, newSet(len(r.HTTPHeaders)), func(h *types.HTTPHeader) string { return h.Name })
}

func (d *duplicates) passwd(p *place, accounts *types.Passwd) {
	unique(d, p, "groups", accounts.Groups, newSet(len(accounts.Groups)), func(g *types.PasswdGroup) string { return g.Name })
	unique(d, p, "users", accounts.Users, newSet(len(accounts.Users)), func(u *types.PasswdUser) string { return u.Name })
	each(p, "users", accounts.Users, func(p *place, u *types.PasswdUser) {
		unique(d, p, "groups", u.Groups, newSet(len(u.Groups)), text)
		unique(d, p, "sshAuthorizedKeys", u.SSHAuthorizedKeys, newSet(len(u.SSHAuthorizedKeys)), text)
	})
}

func (d *duplicates) storage(p *place, s *types.Storage) {
	nodes := newSet(len(s.Directories) + len(s.Files) + len(s.Links))
	unique(d, p, "directories", s.Directories, nodes, func(x *types.Directory) string { return x.Path })
	unique(d, p, "disks", s.Disks, newSet(len(s.Disks)), func(x *types.Disk) string { return x.Device })
	unique(d, p, "files", s.Files, nodes, func(x *types.File) string { return x.Path })
	unique(d, p, "filesystems", s.Filesystems, newSet(len(s.Filesystems)), func(x *types.Filesystem) string { return x.Device })
	unique(d, p, "links", s.Links, nodes, func(x *types.Link) string { return x.Path })
	unique(d, p, "luks", s.Luks, newSet(len(s.Luks)), func(x *types.Luks) string { return x.Name })
	unique(d, p, "raid", s.Raid, newSet(len(s.Raid)), func(x *types.Raid) string { return x.Name })

	each(p, "disks", s.Disks, func(p *place, x *types.Disk) {
		unique(d, p, "partitions", x.Partitions, newSet(len(x.Partitions)), PartitionKey)
	})
	each(p, "files", s.Files, func(p *place, f *types.File) {
		each(p, "append", f.Append, d.headers)
		contents := at(p, "contents")
		d.headers(&contents, &f.Contents)
	})
	each(p, "luks", s.Luks, d.luks)
	each(p, "raid", s.Raid, func(p *place, r *types.Raid) {
		unique(d, p, "devices", r.Devices, newSet(len(r.Devices)), text)
	})
}

func (d *duplicates) luks(p *place, l *types.Luks) {
	unique(d, p, "openOptions", l.OpenOptions, newSet(len(l.OpenOptions)), text)
	clevis := at(p, "clevis")
	unique(d, &clevis, "tang", l.Clevis.Tang, newSet(len(l.Clevis.Tang)), func(t *types.Tang) string { return t.URL })
	key := at(p, "keyFile")
	d.headers(&key, &l.KeyFile)
}

// PartitionKey tells partitions of one disk apart: by number, else by label. Those
// with neither are all alike.
func PartitionKey(p *types.Partition) string {
	switch {
	case p.Number != 0:
		return "number:" + strconv.Itoa(p.Number)
	case p.Label != nil:
		return "label:" + *p.Label
	}
	return ""
}
