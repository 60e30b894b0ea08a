ostree --repo=r init --mode=archive
mkdir t; printf x > t/f
ostree --repo=r commit -b main -s s --timestamp=@1700000000 --owner-uid=0 --owner-gid=0 t
ostree --repo=r gpg-sign
ostree --repo=r gpg-sign main
ostree --repo=r gpg-sign nope K
ostree --repo=r gpg-sign main NOKEY
ostree --repo=r gpg-sign main DEADBEEF
ostree --repo=r gpg-sign main alice@example.com
ostree --repo=r gpg-sign --gpg-homedir=gpg main bob@example.com
# The older program notices only keys that the system trusts.
mkdir trusted; gpg --dearmor < bob.asc > trusted/bob.gpg
OSTREE_GPG_HOME=trusted ostree --repo=r gpg-sign main 9746880B
OSTREE_GPG_HOME=trusted ostree --repo=r show main
OSTREE_GPG_HOME=trusted ostree --repo=r remote gpg-list-keys
ostree --repo=r show main
ostree --repo=r remote add --gpg-import=alice.asc o URL/srv
ostree --repo=r remote gpg-import
ostree --repo=r remote gpg-import nope -k alice.asc
ostree --repo=r remote gpg-import o -k /nope
ostree --repo=r remote gpg-import o -k alice.asc --stdin
ostree --repo=r remote gpg-import o -k t/f
ostree --repo=r remote gpg-import o -k alice.asc nokey
ostree --repo=r remote gpg-import o -k alice.asc DEADBEEF
ostree --repo=r remote gpg-import o -k alice.asc
ostree --repo=r show main
ostree --repo=r show --gpg-verify-remote=o main
ostree --repo=r log main
ostree --repo=r show -B main
ostree --repo=r show --gpg-verify-remote=nope main
ostree --repo=r show --gpg-homedir=/nope main
ostree --repo=r remote gpg-list-keys
ostree --repo=r remote gpg-list-keys nope
ostree --repo=r remote gpg-list-keys o
ostree --repo=r remote gpg-import o --stdin < bob.asc
ostree --repo=r remote add p URL/srv
ostree --repo=r remote gpg-import p
ostree --repo=r remote gpg-list-keys p
ostree --repo=r remote add q URL/srv
ostree --repo=r remote gpg-import q CF637B973DE55C205C0DE1DE2275DA559746880B
ostree --repo=r remote gpg-list-keys q
ostree --repo=r gpg-sign -d main alice@example.com
ostree --repo=r gpg-sign -d main 9746880B
ostree --repo=r show main
ostree --repo=r gpg-sign -d main 9746880B
ostree --repo=r commit -b main -s s2 --gpg-sign=9746880B --timestamp=@1700000001 --owner-uid=0 --owner-gid=0 t
ostree --repo=r show main
ostree --repo=r summary -u --gpg-sign=NOKEY
ostree --repo=r summary -u --gpg-sign=alice@example.com
test -s r/summary.sig
ostree --repo=c init
ostree --repo=c remote add --gpg-import=alice.asc --set=gpg-verify-summary=true a URL/r
ostree --repo=c pull a main
ostree --repo=c remote add --gpg-import=bob.asc b URL/r
ostree --repo=c pull b main
ostree --repo=c remote refs b
ostree --repo=c remote add --gpg-import=bob.asc --set=gpg-verify-summary=true d URL/r
ostree --repo=c pull d main
ostree --repo=c remote summary d
ostree --repo=c remote add e URL/r
ostree --repo=c pull e main
ostree --repo=c remote add --set=gpgkeypath=DIR/nope.asc f URL/r
ostree --repo=c pull f main
ostree --repo=c remote add --set=gpgkeypath=DIR/bob.asc g URL/r
ostree --repo=c pull g main
ostree --repo=c remote add --set='gpgkeypath=a,b;c' h URL/r
ostree --repo=c pull h main
ostree --repo=c pull-local --gpg-verify r main
ostree --repo=c pull-local --gpg-verify --remote=b r main
ostree --repo=c pull-local --gpg-verify --remote=a r main
ostree --repo=c pull-local --gpg-verify-summary --remote=b r main
ostree --repo=c pull-local --gpg-verify-summary --remote=a r main
ostree --repo=c remote summary a
rm r/summary.sig
ostree --repo=c pull d main
rm r/summary
ostree --repo=c pull d main
ostree --repo=c remote refs b
