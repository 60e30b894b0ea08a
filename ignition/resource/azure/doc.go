// Package azure gives access to Azure's blobs with the managed identity of a virtual
// machine.
//
//	opt.AzureToken = azure.NewToken(nil)
//
// Of the credentials that Azure's libraries try one after the other, the managed
// identity is the one that exists in an initramfs. The others (environment variables,
// workload identity files, the command-line tools) are not looked for; blobs that need
// them are tried without credentials, as after any failure.
package azure
