// Package driver makes an image-based system change its deployments: what an update agent asks of rpm-ostree, as an
// interface of seven methods, and its implementation on the command line of rpm-ostree.
//
//	d := driver.NewCLI(nil)
//	booted, err := d.Booted(ctx)                    // what runs, and which stream it follows
//	err = d.Stage(ctx, release, false)              // download, locked against finalization
//	staged, err := d.Staged(ctx)                    // is it what was wanted?
//	err = d.Finalize(ctx, release.Payload)          // unlock, and reboot
//
// Package native, below this one, implements the same interface in process.
//
// # The commands
//
//	status --booted --json                                              Booted
//	status --json                                                       Deployments, Staged
//	deploy "" --register-driver=Zincati                                 Register
//	deploy --lock-finalization --skip-branch-check revision=CHECKSUM    Stage, a commit
//	deploy --lock-finalization sha256:DIGEST                            Stage, an image under the present reference
//	rebase --lock-finalization REFERENCE sha256:DIGEST                  Stage, an image under another reference
//	finalize-deployment CHECKSUM|sha256:DIGEST                          Finalize
//	cleanup -p                                                          Cleanup
//
// Staging adds --disallow-downgrade as the last argument unless downgrades are allowed. All of them but the cleanup
// see RPMOSTREE_CLIENT_ID=zincati. An exit status other than 0 is a [CommandError] with the program's standard error.
//
// # Which release a deployment is
//
// A deployment of a container image is its pullspec, REGISTRY/REPOSITORY@DIGEST without a tag; any other is the
// checksum of its base commit. The stream is the label com.coreos.stream of the image, else the annotation
// fedora-coreos.stream of its manifest; systems that were not made of an image have the key fedora-coreos.stream in
// the metadata of the commit. A file, /run/zincati/booted-status-override.json, can stand in for the booted
// deployment: that is how systems move from commits to images.
//
// # What is guaranteed
//
// One command runs at a time. Commands that change something are never killed: when the context ends the methods
// return its error at once, the command goes on to its end, and later calls wait for it. Nor can it fail because
// nobody reads its output any more, should the agent exit meanwhile. There is no time limit. A status that is
// pending is ended with its context.
//
// What a status says is bounded in size and read strictly: a key that matters and is there twice, has another type or
// is not UTF-8 makes the deployment unusable. Unusable deployments are skipped, unless they are the booted or the staged
// one: then nothing is certain, and the answer is an error.
package driver
