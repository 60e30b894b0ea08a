// Package rpmmd reads, fetches and writes rpm-md repositories: what dnf calls a repository, and
// createrepo_c makes.
//
// It is for what resolves or mirrors packages, and for what publishes them. [LoadRepos] reads the
// configuration of a system, [Client.Refresh] provides the metadata of a repository,
// [ParsePrimary] reads the packages in them, [Client.Download] fetches some:
//
//	repos, err := rpmmd.LoadRepos(root, &rpmmd.LoadOptions{Vars: vars})
//	client, err := rpmmd.NewClient(&rpmmd.ClientOptions{CacheDir: "/var/cache/rpm-ostree/repomd"})
//	meta, err := client.Refresh(ctx, repos[0], nil)
//	primary, err := meta.Open("primary")
//	err = rpmmd.ParsePrimary(ctx, primary, func(p *rpmmd.PackageData) error { … })
//
// [CreateRepo] makes a repository of a directory of packages, [WritePackage] the description of
// a single one.
//
// # Anatomy of a repository
//
//	mirrorlist, metalink         where copies of the repository are; a metalink tells the
//	    │                        checksums of the repomd.xml files that are acceptable
//	    ▼
//	repodata/repomd.xml          names, sizes and checksums of the documents
//	repodata/repomd.xml.asc      its signature, checked with repo_gpgcheck=1
//	    ├─ primary.xml           packages: names, versions, dependencies, the files that are
//	    │                        often required, location, size and checksum      ParsePrimary
//	    ├─ filelists.xml         all files of all packages                        ParseFilelists
//	    ├─ other.xml             changelogs                                       ParseOther
//	    ├─ group                 comps.xml: groups of packages                    ParseComps
//	    ├─ updateinfo            advisories                                       ParseUpdateinfo
//	    └─ modules               streams of alternative versions                  ParseModules
//	Packages/k/kitchen-1.5.rpm   wherever primary.xml says
//
// Each step vouches for the next one by checksums; packages have signatures of their own, which
// are the business of package rpm.
//
// # Parsing
//
// The large documents, a hundred megabytes and more, are read by a scanner that works in a
// sliding window of a quarter of a megabyte, and allocates nothing for a package. It knows the
// XML that occurs: UTF-8, no entities of a document's own. [Metadata.Open] decompresses and
// hashes in goroutines beside the parser. gzip, xz, zstd, bzip2 and zchunk files are
// understood.
//
// # The cache
//
//	CacheDir/ID-RELEASEVER-ARCH/
//	    repodata/repomd.xml      its modification time is when the mirrors were last asked
//	    repodata/…               documents, named by their checksum
//	    packages/                downloaded packages
//	    mirrors, source, .lock
//
// Documents are fetched to temporary names and verified; repomd.xml is replaced when all of
// them are there, and what only the old state needed is removed. An unchanged repomd.xml is
// only touched. One that is older than the cache's is refused, unless a metalink says that it
// is the present one. Several processes may use a cache at the same time, and several goroutines
// a [Client].
//
// # What is followed
//
// Options of .repo files, variables and the cache behave as with dnf and librepo; what is written
// equals the output of createrepo_c 1.2 byte for byte, save its sqlite files. All documents are
// treated as hostile: sizes and depths are bounded.
//
// # Not done
//
// Delta downloads of zchunk files, delta packages (drpm), the sqlite documents, addresses other
// than http, https and file, proxy authentication other than Basic, and the "countme"
// parameter. sslverifystatus=1 is refused. Modules: the streams' own dependencies are looked at
// one level deep, there is no solver for them.
package rpmmd
