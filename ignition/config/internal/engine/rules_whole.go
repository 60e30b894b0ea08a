package engine

import (
	"path"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

// storageWhole checks what entries of the storage section have to do with each
// other.
func (c *checker) storageWhole(p *place, s *types.Storage) {
	links := newPrefixes(s.Links)
	each(p, "directories", s.Directories, func(p *place, d *types.Directory) {
		c.belowLinks(p, links, d.Path, "directory path includes link in config")
	})
	each(p, "files", s.Files, func(p *place, f *types.File) {
		c.belowLinks(p, links, f.Path, "file path includes link in config")
	})
	directories := map[string]int{}
	if len(s.Links) > 0 {
		for i := range s.Directories {
			directories[s.Directories[i].Path]++
		}
	}
	each(p, "links", s.Links, func(p *place, l *types.Link) {
		c.belowLinks(p, links, l.Path, "link path includes link in config")
		c.linkTarget(p, l, directories)
	})
	c.implicitWipes(p, s)
}

// belowLinks adds an entry for each link that is a directory on the way to a path.
func (c *checker) belowLinks(p *place, links *prefixes, path, message string) {
	for n := links.count(path); n > 0 && !c.sink.saturated(); n-- {
		c.fail(message, p)
	}
}

func (c *checker) linkTarget(p *place, l *types.Link, directories map[string]int) {
	target := ""
	if l.Target != nil {
		target = *l.Target
	}
	if target == "" && c.version >= V3_3 {
		c.fail("link target is required", p, "target")
		return
	}
	if !isTrue(l.Hard) {
		return
	}
	if clean := path.Clean(target); path.IsAbs(clean) {
		target = clean
	} else {
		target = path.Join(l.Path, target)
	}
	for n := directories[target]; n > 0 && !c.sink.saturated(); n-- {
		c.fail("hard link target is a directory", p)
	}
	const ignored = "user/group ignored for hard link"
	for _, owner := range []struct {
		set         bool
		entry, kind string
	}{
		{l.User.ID != nil, "user", "id"}, {l.User.Name != nil, "user", "name"},
		{l.Group.ID != nil, "group", "id"}, {l.Group.Name != nil, "group", "name"},
	} {
		if owner.set {
			c.warn(ignored, p, owner.entry, owner.kind)
		}
	}
}

// implicitWipes warns of file systems on devices whose table is made too. Of
// several disks of one device the last counts.
func (c *checker) implicitWipes(p *place, s *types.Storage) {
	if len(s.Filesystems) == 0 {
		return
	}
	disks := make(map[string]*types.Disk, len(s.Disks))
	for i := range s.Disks {
		disks[s.Disks[i].Device] = &s.Disks[i]
	}
	each(p, "filesystems", s.Filesystems, func(p *place, f *types.Filesystem) {
		disk := disks[f.Device]
		switch {
		case disk == nil:
		case len(disk.Partitions) > 0:
			c.warn("filesystem overwrites partitioned device", p, "device")
		case isTrue(disk.WipeTable) && !isTrue(f.WipeFilesystem):
			c.warn("device matches disk with wipeTable enabled; filesystem will be wiped", p, "device")
		}
	})
}

// prefixes knows the paths of links.
type prefixes struct {
	links   map[string]int // how many links have the path
	lengths map[int]bool   // that paths have
}

func newPrefixes(links []types.Link) *prefixes {
	x := &prefixes{links: make(map[string]int, len(links)), lengths: map[int]bool{}}
	for i := range links {
		p := links[i].Path
		x.links[p]++
		x.lengths[len(p)] = true
	}
	return x
}

// count is the number of links whose path and a slash begin the path p. Only
// lengths that occur are tried, which bounds the work for paths of nothing but
// slashes.
func (x *prefixes) count(p string) int {
	n := 0
	for i := 0; len(x.links) > 0 && i < len(p); i++ {
		if p[i] == '/' && x.lengths[i] {
			n += x.links[p[:i]]
		}
	}
	return n
}
