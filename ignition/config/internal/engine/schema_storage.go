package engine

import "github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"

var storageSchema = schema[types.Storage]{
	objects("directories", V3_0, directorySchema, func(v *types.Storage) *[]types.Directory { return &v.Directories }),
	objects("disks", V3_0, diskSchema, func(v *types.Storage) *[]types.Disk { return &v.Disks }),
	objects("files", V3_0, fileSchema, func(v *types.Storage) *[]types.File { return &v.Files }),
	objects("filesystems", V3_0, filesystemSchema, func(v *types.Storage) *[]types.Filesystem { return &v.Filesystems }),
	objects("links", V3_0, linkSchema, func(v *types.Storage) *[]types.Link { return &v.Links }),
	objects("luks", V3_2, luksSchema, func(v *types.Storage) *[]types.Luks { return &v.Luks }),
	objects("raid", V3_0, raidSchema, func(v *types.Storage) *[]types.Raid { return &v.Raid }),
}

// withNode is the fields of a node, then more.
func withNode[T any](node func(*T) *types.Node, more ...field[T]) schema[T] {
	return append(schema[T]{
		object("group", V3_0, nodeGroupSchema, func(v *T) *types.NodeGroup { return &node(v).Group }),
		optBool("overwrite", V3_0, func(v *T) **bool { return &node(v).Overwrite }),
		str("path", V3_0, func(v *T) *string { return &node(v).Path }),
		object("user", V3_0, nodeUserSchema, func(v *T) *types.NodeUser { return &node(v).User }),
	}, more...)
}

var nodeGroupSchema = schema[types.NodeGroup]{
	optInt("id", V3_0, func(v *types.NodeGroup) **int { return &v.ID }),
	optStr("name", V3_0, func(v *types.NodeGroup) **string { return &v.Name }),
}

var nodeUserSchema = schema[types.NodeUser]{
	optInt("id", V3_0, func(v *types.NodeUser) **int { return &v.ID }),
	optStr("name", V3_0, func(v *types.NodeUser) **string { return &v.Name }),
}

var directorySchema = withNode(func(v *types.Directory) *types.Node { return &v.Node },
	optInt("mode", V3_0, func(v *types.Directory) **int { return &v.Mode }),
)

var fileSchema = withNode(func(v *types.File) *types.Node { return &v.Node },
	objects("append", V3_0, resourceSchema, func(v *types.File) *[]types.Resource { return &v.Append }),
	object("contents", V3_0, resourceSchema, func(v *types.File) *types.Resource { return &v.Contents }),
	optInt("mode", V3_0, func(v *types.File) **int { return &v.Mode }),
)

var linkSchema = withNode(func(v *types.Link) *types.Node { return &v.Node },
	optBool("hard", V3_0, func(v *types.Link) **bool { return &v.Hard }),
	optStrSince("target", V3_0, V3_3, func(v *types.Link) **string { return &v.Target }),
)

var diskSchema = schema[types.Disk]{
	str("device", V3_0, func(v *types.Disk) *string { return &v.Device }),
	objects("partitions", V3_0, partitionSchema, func(v *types.Disk) *[]types.Partition { return &v.Partitions }),
	optBool("wipeTable", V3_0, func(v *types.Disk) **bool { return &v.WipeTable }),
}

var partitionSchema = schema[types.Partition]{
	optStr("guid", V3_0, func(v *types.Partition) **string { return &v.GUID }),
	optStr("label", V3_0, func(v *types.Partition) **string { return &v.Label }),
	num("number", V3_0, func(v *types.Partition) *int { return &v.Number }),
	optBool("resize", V3_2, func(v *types.Partition) **bool { return &v.Resize }),
	optBool("shouldExist", V3_0, func(v *types.Partition) **bool { return &v.ShouldExist }),
	optInt("sizeMiB", V3_0, func(v *types.Partition) **int { return &v.SizeMiB }),
	optInt("startMiB", V3_0, func(v *types.Partition) **int { return &v.StartMiB }),
	optStr("typeGuid", V3_0, func(v *types.Partition) **string { return &v.TypeGUID }),
	optBool("wipePartitionEntry", V3_0, func(v *types.Partition) **bool { return &v.WipePartitionEntry }),
}

var filesystemSchema = schema[types.Filesystem]{
	str("device", V3_0, func(v *types.Filesystem) *string { return &v.Device }),
	optStr("format", V3_0, func(v *types.Filesystem) **string { return &v.Format }),
	optStr("label", V3_0, func(v *types.Filesystem) **string { return &v.Label }),
	strs("mountOptions", V3_1, func(v *types.Filesystem) *[]types.MountOption { return &v.MountOptions }),
	strs("options", V3_0, func(v *types.Filesystem) *[]types.FilesystemOption { return &v.Options }),
	optStr("path", V3_0, func(v *types.Filesystem) **string { return &v.Path }),
	optStr("uuid", V3_0, func(v *types.Filesystem) **string { return &v.UUID }),
	optBool("wipeFilesystem", V3_0, func(v *types.Filesystem) **bool { return &v.WipeFilesystem }),
}

var luksSchema = schema[types.Luks]{
	object("cex", V3_5, cexSchema, func(v *types.Luks) *types.Cex { return &v.Cex }),
	formerPointer("clevis", V3_2, V3_2, clevisSchema, func(v *types.Luks) *types.Clevis { return &v.Clevis }, func(*types.Clevis) {}),
	optStr("device", V3_2, func(v *types.Luks) **string { return &v.Device }),
	optBool("discard", V3_4, func(v *types.Luks) **bool { return &v.Discard }),
	object("keyFile", V3_2, resourceSchema, func(v *types.Luks) *types.Resource { return &v.KeyFile }),
	optStr("label", V3_2, func(v *types.Luks) **string { return &v.Label }),
	str("name", V3_2, func(v *types.Luks) *string { return &v.Name }),
	strs("openOptions", V3_4, func(v *types.Luks) *[]types.OpenOption { return &v.OpenOptions }),
	strs("options", V3_2, func(v *types.Luks) *[]types.LuksOption { return &v.Options }),
	optStr("uuid", V3_2, func(v *types.Luks) **string { return &v.UUID }),
	optBool("wipeVolume", V3_2, func(v *types.Luks) **bool { return &v.WipeVolume }),
}

var cexSchema = schema[types.Cex]{
	optBool("enabled", V3_5, func(v *types.Cex) **bool { return &v.Enabled }),
}

var clevisSchema = schema[types.Clevis]{
	formerPointer("custom", V3_2, V3_2, customSchema, func(v *types.Clevis) *types.ClevisCustom { return &v.Custom }, customPresent),
	objects("tang", V3_2, tangSchema, func(v *types.Clevis) *[]types.Tang { return &v.Tang }),
	optInt("threshold", V3_2, func(v *types.Clevis) **int { return &v.Threshold }),
	optBool("tpm2", V3_2, func(v *types.Clevis) **bool { return &v.Tpm2 }),
}

var customSchema = schema[types.ClevisCustom]{
	optStrSince("config", V3_2, V3_3, func(v *types.ClevisCustom) **string { return &v.Config }),
	optBool("needsNetwork", V3_2, func(v *types.ClevisCustom) **bool { return &v.NeedsNetwork }),
	optStrSince("pin", V3_2, V3_3, func(v *types.ClevisCustom) **string { return &v.Pin }),
}

var tangSchema = schema[types.Tang]{
	optStr("advertisement", V3_4, func(v *types.Tang) **string { return &v.Advertisement }),
	optStr("thumbprint", V3_2, func(v *types.Tang) **string { return &v.Thumbprint }),
	str("url", V3_2, func(v *types.Tang) *string { return &v.URL }),
}

var raidSchema = schema[types.Raid]{
	strs("devices", V3_0, func(v *types.Raid) *[]types.Device { return &v.Devices }),
	optStrSince("level", V3_0, V3_3, func(v *types.Raid) **string { return &v.Level }),
	str("name", V3_0, func(v *types.Raid) *string { return &v.Name }),
	strs("options", V3_0, func(v *types.Raid) *[]types.RaidOption { return &v.Options }),
	optInt("spares", V3_0, func(v *types.Raid) **int { return &v.Spares }),
}

// customPresent makes a custom pin of 3.2.0 what it is: there, with an empty pin
// and config unless they are given. By its pin one tells that it is there.
func customPresent(c *types.ClevisCustom) {
	setAlways(&c.Config)
	setAlways(&c.Pin)
}

// setAlways gives a string that was not optional formerly its zero value.
func setAlways(p **string) {
	if *p == nil {
		*p = new(string)
	}
}

// complete sets what was always set in version v.
func complete(cfg *types.Config, v Version) {
	if v < V3_3 {
		for i := range cfg.Storage.Raid {
			setAlways(&cfg.Storage.Raid[i].Level)
		}
		for i := range cfg.Storage.Links {
			setAlways(&cfg.Storage.Links[i].Target)
		}
	}
	if v < V3_1 {
		authorities := cfg.Ignition.Security.TLS.CertificateAuthorities
		for i := range authorities {
			setAlways(&authorities[i].Source)
		}
	}
}
