package kernel

// WithTempNames makes o use temporary names, as on file systems that have no
// files without a name.
func (o *InstallOptions) WithTempNames() *InstallOptions {
	o.named = true
	return o
}
