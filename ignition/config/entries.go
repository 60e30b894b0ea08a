package config

import (
	"github.com/nestos-dev/nestos/ignition/config/internal/engine"
	"github.com/nestos-dev/nestos/ignition/config/report"
	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

// Entries says where each entry of a valid config was written. Its keys are the
// list and the entry's own key: "files:/etc/motd", "directories:/d", "links:/l",
// "disks:/dev/vda", "partitions:/dev/vda:label:root", "partitions:/dev/vda:number:1",
// "raid:data", "luks:root", "filesystems:/dev/vda1", "units:a.service",
// "dropins:a.service:10.conf", "users:core", "groups:wheel",
// "kernelArguments:quiet", and "kernelArguments" for all of them.
func (d *Document) Entries() map[string]report.Pos {
	e := entries{d: d, found: map[string]report.Pos{}}
	if d.tree == nil {
		return e.found
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	e.storage(&d.Config.Storage)
	e.systemd(&d.Config.Systemd)
	e.passwd(&d.Config.Passwd)
	e.kernelArguments(&d.Config.KernelArguments)
	return e.found
}

type entries struct {
	d     *Document
	found map[string]report.Pos
}

// list adds the entries of a list. Another prefix than the list's name tells whose
// list it is.
func list[E any](e *entries, path report.Path, prefix string, list []E, key func(*E) string) {
	for i := range list {
		e.found[prefix+":"+key(&list[i])] = e.d.position(path.Append(i))
	}
}

func (e *entries) storage(s *types.Storage) {
	path := report.Path{"storage"}
	list(e, path.Append("directories"), "directories", s.Directories, func(x *types.Directory) string { return x.Path })
	list(e, path.Append("files"), "files", s.Files, func(x *types.File) string { return x.Path })
	list(e, path.Append("links"), "links", s.Links, func(x *types.Link) string { return x.Path })
	list(e, path.Append("filesystems"), "filesystems", s.Filesystems, func(x *types.Filesystem) string { return x.Device })
	list(e, path.Append("luks"), "luks", s.Luks, func(x *types.Luks) string { return x.Name })
	list(e, path.Append("raid"), "raid", s.Raid, func(x *types.Raid) string { return x.Name })
	list(e, path.Append("disks"), "disks", s.Disks, func(x *types.Disk) string { return x.Device })
	for i := range s.Disks {
		disk := &s.Disks[i]
		list(e, path.Append("disks", i, "partitions"), "partitions:"+disk.Device, disk.Partitions, engine.PartitionKey)
	}
}

func (e *entries) systemd(s *types.Systemd) {
	path := report.Path{"systemd", "units"}
	list(e, path, "units", s.Units, func(x *types.Unit) string { return x.Name })
	for i := range s.Units {
		unit := &s.Units[i]
		list(e, path.Append(i, "dropins"), "dropins:"+unit.Name, unit.Dropins, func(x *types.Dropin) string { return x.Name })
	}
}

func (e *entries) passwd(p *types.Passwd) {
	path := report.Path{"passwd"}
	list(e, path.Append("groups"), "groups", p.Groups, func(x *types.PasswdGroup) string { return x.Name })
	list(e, path.Append("users"), "users", p.Users, func(x *types.PasswdUser) string { return x.Name })
}

func (e *entries) kernelArguments(k *types.KernelArguments) {
	if len(k.ShouldExist)+len(k.ShouldNotExist) == 0 {
		return
	}
	path := report.Path{"kernelArguments"}
	e.found["kernelArguments"] = e.d.position(path)
	key := func(x *types.KernelArgument) string { return string(*x) }
	list(e, path.Append("shouldExist"), "kernelArguments", k.ShouldExist, key)
	list(e, path.Append("shouldNotExist"), "kernelArguments", k.ShouldNotExist, key)
}
