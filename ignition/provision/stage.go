package provision

import "slices"

// Stage is one part of provisioning. The stages run in the order of [Stages],
// each as a process of its own, with the config cache and the state file between them.
type Stage string

// The stages of a first boot.
const (
	// StageFetchOffline gets the config if that needs no network, and says whether
	// the network is needed.
	StageFetchOffline Stage = "fetch-offline"
	// StageFetch gets the config and renders it: other configs are merged in.
	StageFetch Stage = "fetch"
	// StageKargs changes kernel arguments; that may reboot the machine.
	StageKargs Stage = "kargs"
	// StageDisks makes partitions, arrays, encrypted devices and file systems.
	StageDisks Stage = "disks"
	// StageMount mounts file systems below the root.
	StageMount Stage = "mount"
	// StageFiles makes users, files, units, and whatever else is in the root.
	StageFiles Stage = "files"
	// StageUmount unmounts what StageMount mounted.
	StageUmount Stage = "umount"
)

// Stages returns all stages in the order in which they run.
func Stages() []Stage {
	return []Stage{StageFetchOffline, StageFetch, StageKargs, StageDisks, StageMount, StageFiles, StageUmount}
}

// Known reports whether there is such a stage.
func (s Stage) Known() bool { return slices.Contains(Stages(), s) }

// fetches reports whether the stage gets the config from its source.
func (s Stage) fetches() bool { return s == StageFetchOffline || s == StageFetch }
