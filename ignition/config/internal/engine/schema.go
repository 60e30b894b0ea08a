package engine

import "github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"

var configSchema = schema[types.Config]{
	object("ignition", V3_0, ignitionSchema, func(v *types.Config) *types.Ignition { return &v.Ignition }),
	object("kernelArguments", V3_3, kernelArgumentsSchema, func(v *types.Config) *types.KernelArguments { return &v.KernelArguments }),
	object("passwd", V3_0, passwdSchema, func(v *types.Config) *types.Passwd { return &v.Passwd }),
	object("storage", V3_0, storageSchema, func(v *types.Config) *types.Storage { return &v.Storage }),
	object("systemd", V3_0, systemdSchema, func(v *types.Config) *types.Systemd { return &v.Systemd }),
}

var ignitionSchema = schema[types.Ignition]{
	object("config", V3_0, ignitionConfigSchema, func(v *types.Ignition) *types.IgnitionConfig { return &v.Config }),
	object("proxy", V3_1, proxySchema, func(v *types.Ignition) *types.Proxy { return &v.Proxy }),
	object("security", V3_0, securitySchema, func(v *types.Ignition) *types.Security { return &v.Security }),
	object("timeouts", V3_0, timeoutsSchema, func(v *types.Ignition) *types.Timeouts { return &v.Timeouts }),
	str("version", V3_0, func(v *types.Ignition) *string { return &v.Version }),
}

var ignitionConfigSchema = schema[types.IgnitionConfig]{
	objects("merge", V3_0, referenceSchema, func(v *types.IgnitionConfig) *[]types.Resource { return &v.Merge }),
	object("replace", V3_0, referenceSchema, func(v *types.IgnitionConfig) *types.Resource { return &v.Replace }),
}

var proxySchema = schema[types.Proxy]{
	optStr("httpProxy", V3_1, func(v *types.Proxy) **string { return &v.HTTPProxy }),
	optStr("httpsProxy", V3_1, func(v *types.Proxy) **string { return &v.HTTPSProxy }),
	strs("noProxy", V3_1, func(v *types.Proxy) *[]types.NoProxyItem { return &v.NoProxy }),
}

var securitySchema = schema[types.Security]{
	object("tls", V3_0, tlsSchema, func(v *types.Security) *types.TLS { return &v.TLS }),
}

var tlsSchema = schema[types.TLS]{
	objects("certificateAuthorities", V3_0, authoritySchema, func(v *types.TLS) *[]types.Resource { return &v.CertificateAuthorities }),
}

var timeoutsSchema = schema[types.Timeouts]{
	optInt("httpResponseHeaders", V3_0, func(v *types.Timeouts) **int { return &v.HTTPResponseHeaders }),
	optInt("httpTotal", V3_0, func(v *types.Timeouts) **int { return &v.HTTPTotal }),
}

// Resources of version 3.0.0 are of three kinds: those of file contents, which
// may be compressed, references to configs, and certificate authorities, whose
// source is not optional. No kind has headers.
var (
	resourceSchema  = resourceOf(V3_0, V3_0)
	referenceSchema = resourceOf(V3_1, V3_0)
	authoritySchema = resourceOf(V3_1, V3_1)
)

func resourceOf(compressionSince, optionalSourceSince Version) schema[types.Resource] {
	return schema[types.Resource]{
		optStr("compression", compressionSince, func(v *types.Resource) **string { return &v.Compression }),
		objects("httpHeaders", V3_1, headerSchema, func(v *types.Resource) *types.HTTPHeaders { return &v.HTTPHeaders }),
		optStrSince("source", V3_0, optionalSourceSince, func(v *types.Resource) **string { return &v.Source }),
		object("verification", V3_0, verificationSchema, func(v *types.Resource) *types.Verification { return &v.Verification }),
	}
}

var headerSchema = schema[types.HTTPHeader]{
	str("name", V3_1, func(v *types.HTTPHeader) *string { return &v.Name }),
	optStr("value", V3_1, func(v *types.HTTPHeader) **string { return &v.Value }),
}

var verificationSchema = schema[types.Verification]{
	optStr("hash", V3_0, func(v *types.Verification) **string { return &v.Hash }),
}

var kernelArgumentsSchema = schema[types.KernelArguments]{
	strs("shouldExist", V3_3, func(v *types.KernelArguments) *[]types.KernelArgument { return &v.ShouldExist }),
	strs("shouldNotExist", V3_3, func(v *types.KernelArguments) *[]types.KernelArgument { return &v.ShouldNotExist }),
}

var passwdSchema = schema[types.Passwd]{
	objects("groups", V3_0, groupSchema, func(v *types.Passwd) *[]types.PasswdGroup { return &v.Groups }),
	objects("users", V3_0, userSchema, func(v *types.Passwd) *[]types.PasswdUser { return &v.Users }),
}

var groupSchema = schema[types.PasswdGroup]{
	optInt("gid", V3_0, func(v *types.PasswdGroup) **int { return &v.Gid }),
	str("name", V3_0, func(v *types.PasswdGroup) *string { return &v.Name }),
	optStr("passwordHash", V3_0, func(v *types.PasswdGroup) **string { return &v.PasswordHash }),
	optBool("shouldExist", V3_2, func(v *types.PasswdGroup) **bool { return &v.ShouldExist }),
	optBool("system", V3_0, func(v *types.PasswdGroup) **bool { return &v.System }),
}

var userSchema = schema[types.PasswdUser]{
	optStr("gecos", V3_0, func(v *types.PasswdUser) **string { return &v.Gecos }),
	strs("groups", V3_0, func(v *types.PasswdUser) *[]types.Group { return &v.Groups }),
	optStr("homeDir", V3_0, func(v *types.PasswdUser) **string { return &v.HomeDir }),
	str("name", V3_0, func(v *types.PasswdUser) *string { return &v.Name }),
	optBool("noCreateHome", V3_0, func(v *types.PasswdUser) **bool { return &v.NoCreateHome }),
	optBool("noLogInit", V3_0, func(v *types.PasswdUser) **bool { return &v.NoLogInit }),
	optBool("noUserGroup", V3_0, func(v *types.PasswdUser) **bool { return &v.NoUserGroup }),
	optStr("passwordHash", V3_0, func(v *types.PasswdUser) **string { return &v.PasswordHash }),
	optStr("primaryGroup", V3_0, func(v *types.PasswdUser) **string { return &v.PrimaryGroup }),
	strs("sshAuthorizedKeys", V3_0, func(v *types.PasswdUser) *[]types.SSHAuthorizedKey { return &v.SSHAuthorizedKeys }),
	optStr("shell", V3_0, func(v *types.PasswdUser) **string { return &v.Shell }),
	optBool("shouldExist", V3_2, func(v *types.PasswdUser) **bool { return &v.ShouldExist }),
	optBool("system", V3_0, func(v *types.PasswdUser) **bool { return &v.System }),
	optInt("uid", V3_0, func(v *types.PasswdUser) **int { return &v.UID }),
}

var systemdSchema = schema[types.Systemd]{
	objects("units", V3_0, unitSchema, func(v *types.Systemd) *[]types.Unit { return &v.Units }),
}

var unitSchema = schema[types.Unit]{
	optStr("contents", V3_0, func(v *types.Unit) **string { return &v.Contents }),
	objects("dropins", V3_0, dropinSchema, func(v *types.Unit) *[]types.Dropin { return &v.Dropins }),
	optBool("enabled", V3_0, func(v *types.Unit) **bool { return &v.Enabled }),
	optBool("mask", V3_0, func(v *types.Unit) **bool { return &v.Mask }),
	str("name", V3_0, func(v *types.Unit) *string { return &v.Name }),
}

var dropinSchema = schema[types.Dropin]{
	optStr("contents", V3_0, func(v *types.Dropin) **string { return &v.Contents }),
	str("name", V3_0, func(v *types.Dropin) *string { return &v.Name }),
}
