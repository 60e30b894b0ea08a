repo system 10 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 2 1 i686
#>=Prv: A = 2-1
#>=Prv: V = 3
#>=Req: F = 3-1
#>=Req: X
#>=Rec: D = 2-1
#>=Rec: X
#>=Sup: C <= 3
#>=Rec: D
#>=Tim: 200
#>=Pkg: E 2 1 i686
#>=Prv: E = 2-1
#>=Req: F
#>=Req: B
#>=Tim: 200
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: F 2 1 i686
#>=Prv: F = 2-1
#>=Rec: B
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: F 1 2 i686
#>=Prv: F = 1-2
#>=Sug: E <> 2-1
#>=Enh: B
#>=Tim: 100
#>=Pkg: F 1 1 noarch
#>=Prv: F = 1-1
#>=Req: X
#>=Rec: B
#>=Tim: 200
#>=Pkg: C 2 2 i586
#>=Prv: C = 2-2
#>=Req: E
#>=Prq: V >= 3-1
#>=Prq: B > 3-1
#>=Sup: A
#>=Tim: 200
#>=Pkg: B 3 1 i586
#>=Prv: B = 3-1
#>=Tim: 100
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Prv: W = 3-1
#>=Req: F
#>=Req: D < 1-1
#>=Req: nosuch
#>=Obs: D >= 2
#>=Tim: 100
repo r3 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: C 2 2 noarch
#>=Prv: C = 2-2
#>=Prq: B
#>=Tim: 100
#>=Pkg: A 2 2 i586
#>=Prv: A = 2-2
#>=Prv: V < 2-2
#>=Tim: 100
#>=Pkg: B 2 2 i686
#>=Prv: B = 2-2
#>=Obs: F < 2-2
#>=Tim: 100
#>=Pkg: C 1 1 i586
#>=Prv: C = 1-1
#>=Prv: V < 3
#>=Prv: X = 1-1
#>=Req: B
#>=Sug: B
#>=Tim: 100
#>=Pkg: E 2 1 noarch
#>=Prv: E = 2-1
#>=Prv: E = 3-1
#>=Req: F
#>=Prq: W
#>=Tim: 200
#>=Pkg: D 2 1 i686
#>=Prv: D = 2-1
#>=Obs: F >= 1
#>=Tim: 100
#>=Pkg: E 2 2 i686
#>=Prv: E = 2-2
#>=Prq: V
#>=Tim: 100
system i686 rpm system
poolflags implicitobsoleteusescolors whatprovideswithdisabled
solverflags allowvendorchange dupallowvendorchange keeporphans bestobeypolicy yumobsoletes urpmreorder keepexplicitobsoletes
job install oneof F-1-2.i686@r2 A-2-1.noarch@r2 [setarch,setevr]
job update all packages
job install name D <> 2-2 [setarch,setevr]
job lock pkg A-2-1.i686@system
job lock pkg E-2-1.i686@system
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name A
#>autoinst name E
#>job install name D <> 2-2 [setevr,setarch]
#>job install oneof F-1-2.i686@r2 A-2-1.noarch@r2 [setevr,setarch]
#>job lock pkg A-2-1.i686@system
#>job lock pkg E-2-1.i686@system
#>job update all packages
#>problem 68b81b4b info nothing provides D < 1-1 needed by A-2-1.noarch
#>problem 68b81b4b solution 0dd39745 deljob install name D <> 2-2 [setevr,setarch]
#>problem 68b81b4b solution 68661d75 deljob install oneof F-1-2.i686@r2 A-2-1.noarch@r2 [setevr,setarch]
#>reason A-2-1.i686@system unit 911d36d105eb55dfe255303c0227a2ca
#>reason A-2-1.noarch@r2 unit 3f14dbc58f93d0ac724b5755ab58d0bf
#>reason A-2-2.i586@r3 unit aef8a8d9bdc2548ad50aa6a2733a9439
#>reason B-3-1.i586@r2 unit d2fb086777df5f9e0dc2e9e8025c5750
#>reason C-2-2.i586@r2 unit e76d84b6a32890a8f056ec1a435d7177
#>reason E-2-1.i686@system unit c6e5de8be96d01ef5d71fed97e241528
#>reason E-2-1.noarch@r3 unit 8d8213c50935556996fcd1503d0a7f53
#>reason E-2-2.i686@r3 unit 4895cf165edd21c8bbc5ac3f438c3ad9
#>recommended D-2-1.i686@r3
#>rule choice dec35e2ead8b15b6d88cf3e8ea9c5c3c  A-2-1.i686@system
#>rule choice dec35e2ead8b15b6d88cf3e8ea9c5c3c -E-2-2.i686@r3
#>rule feature da726f4182732326c6fea8214451fbfb  A-2-1.i686@system
#>rule feature da726f4182732326c6fea8214451fbfb  A-2-1.noarch@r2
#>rule feature da726f4182732326c6fea8214451fbfb  A-2-2.i586@r3
#>rule infarch d2fb086777df5f9e0dc2e9e8025c5750 -B-3-1.i586@r2
#>rule job 4636c32f240c337976ceefc5f9684133  D-2-1.i686@r3
#>rule job 671fdfc7d8a39a2fc99c0482b5fc36ed  A-2-1.noarch@r2
#>rule job 671fdfc7d8a39a2fc99c0482b5fc36ed  F-1-2.i686@r2
#>rule job 911d36d105eb55dfe255303c0227a2ca  A-2-1.i686@system
#>rule job c6e5de8be96d01ef5d71fed97e241528  E-2-1.i686@system
#>rule pkg 16b45ba732fece74ade4cdcaf5b4dbe5 -F-1-1.noarch@r2
#>rule pkg 16b45ba732fece74ade4cdcaf5b4dbe5 -F-1-2.i686@r2
#>rule pkg 241981594694ef83102059b36106d612 -A-2-1.noarch@r2
#>rule pkg 241981594694ef83102059b36106d612 -D-2-1.i686@r3
#>rule pkg 2bfe40a44e74cd4b575604001642fec6 -C-1-1.i586@r3
#>rule pkg 2bfe40a44e74cd4b575604001642fec6 -C-2-2.noarch@r3
#>rule pkg 3a7eda7330a92e6c2471c4948b98aae7 -B-2-2.i686@r3
#>rule pkg 3a7eda7330a92e6c2471c4948b98aae7 -F-2-1.i686@r1
#>rule pkg 3f14dbc58f93d0ac724b5755ab58d0bf -A-2-1.noarch@r2
#>rule pkg 41f9cc9c76aea3366474e1b0970b9f48  C-1-1.i586@r3
#>rule pkg 41f9cc9c76aea3366474e1b0970b9f48 -F-1-1.noarch@r2
#>rule pkg 4895cf165edd21c8bbc5ac3f438c3ad9 -E-2-1.i686@system
#>rule pkg 4895cf165edd21c8bbc5ac3f438c3ad9 -E-2-2.i686@r3
#>rule pkg 52afaf47ed058a2fe088d25e3e17f521  F-1-1.noarch@r2
#>rule pkg 52afaf47ed058a2fe088d25e3e17f521  F-1-2.i686@r2
#>rule pkg 52afaf47ed058a2fe088d25e3e17f521  F-2-1.i686@r1
#>rule pkg 52afaf47ed058a2fe088d25e3e17f521 -A-2-1.noarch@r2
#>rule pkg 56c3844f49f136c747dd4b2955e2ca1a -F-1-2.i686@r2
#>rule pkg 56c3844f49f136c747dd4b2955e2ca1a -F-2-1.i686@r1
#>rule pkg 5f10a1128be8d8ba9e2af128aa907b80 -E-2-1.noarch@r3
#>rule pkg 5f10a1128be8d8ba9e2af128aa907b80 -E-2-2.i686@r3
#>rule pkg 63dc82d029e9833e9f589d235c1b1c6b -B-2-2.i686@r3
#>rule pkg 63dc82d029e9833e9f589d235c1b1c6b -F-1-1.noarch@r2
#>rule pkg 646e86b59e6682b4e84830e9bc8995bc -E-2-1.i686@system
#>rule pkg 646e86b59e6682b4e84830e9bc8995bc -E-2-1.noarch@r3
#>rule pkg 6b7f8933daacf891c002382651f0b240 -F-1-1.noarch@r2
#>rule pkg 6b7f8933daacf891c002382651f0b240 -F-2-1.i686@r1
#>rule pkg 6ed3c61b3ab54e599a9904946e23bbcc -C-1-1.i586@r3
#>rule pkg 6ed3c61b3ab54e599a9904946e23bbcc -C-2-2.i586@r2
#>rule pkg 70cc8d67027c5bc28d95c8204828c87c -D-2-1.i686@r3
#>rule pkg 70cc8d67027c5bc28d95c8204828c87c -F-1-2.i686@r2
#>rule pkg 82bfb169923eb89747c1b2363f999db2 -B-2-2.i686@r3
#>rule pkg 82bfb169923eb89747c1b2363f999db2 -B-3-1.i586@r2
#>rule pkg 8d8213c50935556996fcd1503d0a7f53  A-2-1.noarch@r2
#>rule pkg 8d8213c50935556996fcd1503d0a7f53 -E-2-1.noarch@r3
#>rule pkg 8db0823ce61d6b1ea27913dc0db4f587 -D-2-1.i686@r3
#>rule pkg 8db0823ce61d6b1ea27913dc0db4f587 -F-1-1.noarch@r2
#>rule pkg a8096b1ebed4e12eb2d7f5228c107209 -A-2-1.i686@system
#>rule pkg a8096b1ebed4e12eb2d7f5228c107209 -A-2-1.noarch@r2
#>rule pkg ad70457c57ca027ba67b6998cc527fec  B-2-2.i686@r3
#>rule pkg ad70457c57ca027ba67b6998cc527fec  B-3-1.i586@r2
#>rule pkg ad70457c57ca027ba67b6998cc527fec -C-1-1.i586@r3
#>rule pkg aef8a8d9bdc2548ad50aa6a2733a9439 -A-2-1.i686@system
#>rule pkg aef8a8d9bdc2548ad50aa6a2733a9439 -A-2-2.i586@r3
#>rule pkg ba769b885a84929cd141739e282aecfb  F-1-1.noarch@r2
#>rule pkg ba769b885a84929cd141739e282aecfb  F-1-2.i686@r2
#>rule pkg ba769b885a84929cd141739e282aecfb  F-2-1.i686@r1
#>rule pkg ba769b885a84929cd141739e282aecfb -E-2-1.noarch@r3
#>rule pkg cd0eeb1547642ccf5dcf8c102a868aa0  A-2-1.i686@system
#>rule pkg cd0eeb1547642ccf5dcf8c102a868aa0 -C-2-2.i586@r2
#>rule pkg cd13b62451397024f6f9e9dc2825f342  E-2-1.i686@system
#>rule pkg cd13b62451397024f6f9e9dc2825f342  E-2-1.noarch@r3
#>rule pkg cd13b62451397024f6f9e9dc2825f342  E-2-2.i686@r3
#>rule pkg cd13b62451397024f6f9e9dc2825f342 -C-2-2.i586@r2
#>rule pkg d8c96c6ddb4fee00f1b65e5dbfb3fe01 -B-2-2.i686@r3
#>rule pkg d8c96c6ddb4fee00f1b65e5dbfb3fe01 -F-1-2.i686@r2
#>rule pkg da53fd39b735cbcb9b044fcb8d96a517 -C-2-2.i586@r2
#>rule pkg da53fd39b735cbcb9b044fcb8d96a517 -C-2-2.noarch@r3
#>rule pkg dcedea6bfd49afca63d1d1e7557df92d -D-2-1.i686@r3
#>rule pkg dcedea6bfd49afca63d1d1e7557df92d -F-2-1.i686@r1
#>rule pkg e76d84b6a32890a8f056ec1a435d7177 -C-2-2.i586@r2
#>rule pkg f80708ea729c601d91ad73c9c28aeea8  A-2-1.i686@system
#>rule pkg f80708ea729c601d91ad73c9c28aeea8  A-2-2.i586@r3
#>rule pkg f80708ea729c601d91ad73c9c28aeea8  C-1-1.i586@r3
#>rule pkg f80708ea729c601d91ad73c9c28aeea8 -E-2-2.i686@r3
#>rule pkg fb8755bcfcda0342afee75c8ecfeadb3 -A-2-1.noarch@r2
#>rule pkg fb8755bcfcda0342afee75c8ecfeadb3 -A-2-2.i586@r3
#>rule update 5ede7e4d1b46ed3398f3103463a20d52  A-2-1.i686@system
#>rule update 5ede7e4d1b46ed3398f3103463a20d52  A-2-1.noarch@r2
#>rule update c4615b203e864065a50aacbca612701f  E-2-1.i686@system
#>rule update c4615b203e864065a50aacbca612701f  E-2-1.noarch@r3
#>rule update c4615b203e864065a50aacbca612701f  E-2-2.i686@r3
