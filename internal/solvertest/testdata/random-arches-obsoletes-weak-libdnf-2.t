repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: E 2 2 x86_64
#>=Prv: E = 2-2
#>=Rec: A
#>=Tim: 100
#>=Pkg: B 2 1 x86_64
#>=Prv: B = 2-1
#>=Req: A >= 3-1
#>=Obs: A > 1
#>=Obs: A >= 1
#>=Tim: 100
#>=Pkg: E 2 1 i686
#>=Prv: E = 2-1
#>=Req: A
#>=Req: D
#>=Tim: 100
#>=Pkg: C 2 1 x86_64
#>=Prv: C = 2-1
#>=Obs: E
#>=Rec: D
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 2 2 noarch
#>=Prv: B = 2-2
#>=Prv: W
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 3 1 i686
#>=Obs: D
#>=Tim: 100
#>=Pkg: C 1 2 badarch
#>=Prv: C = 1-2
#>=Req: X
#>=Tim: 100
#>=Pkg: D 3 1 noarch
#>=Req: C
#>=Sug: E
#>=Tim: 100
#>=Pkg: D 2 2 noarch
#>=Prv: D = 2-2
#>=Tim: 100
repo r3 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: C 1 2 x86_64
#>=Prv: C = 1-2
#>=Prv: V = 1
#>=Tim: 100
system x86_64 rpm system
poolflags implicitobsoleteusescolors whatprovideswithdisabled
solverflags allowvendorchange dupallowvendorchange keeporphans bestobeypolicy yumobsoletes urpmreorder keepexplicitobsoletes
job install oneof E-2-2.x86_64@system D-3-1.noarch@r2 [setarch,setevr]
job erase pkg C-1-2.x86_64@r3
job install name E [setarch,setevr]
job allowuninstall pkg E-2-2.x86_64@system
job allowuninstall pkg B-2-1.x86_64@system
job allowuninstall pkg E-2-1.i686@system
job allowuninstall pkg C-2-1.x86_64@system
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name B
#>autoinst name C
#>job allowuninstall pkg B-2-1.x86_64@system
#>job allowuninstall pkg C-2-1.x86_64@system
#>job allowuninstall pkg E-2-1.i686@system
#>job allowuninstall pkg E-2-2.x86_64@system
#>job erase pkg C-1-2.x86_64@r3
#>job install name E [setevr,setarch]
#>job install oneof E-2-2.x86_64@system D-3-1.noarch@r2 [setevr,setarch]
#>orphaned E-2-1.i686@system
#>reason B-2-1.x86_64@system keep 88a39601332b882b841857c94c978e27
#>reason B-2-2.noarch@r1 unit 5415a6a8e772f03eaf8eda174da73f3d
#>reason C-1-2.x86_64@r3 unit 36dc725d7ac4321c723050ddbb7e7e6e
#>reason C-2-1.x86_64@system unit fde3a3f683d5a2a0d0345761d6dd73ac
#>reason E-2-1.i686@system unit c6e5de8be96d01ef5d71fed97e241528
#>reason E-2-2.x86_64@system job 7a57f99f759bde09ebf0e0f24e0d4dbe
#>recommended D-2-2.noarch@r2
#>rule feature f4df95b570bfba9d4739c36b71e29fd9  C-1-2.x86_64@r3
#>rule feature f4df95b570bfba9d4739c36b71e29fd9  C-2-1.x86_64@system
#>rule job 36dc725d7ac4321c723050ddbb7e7e6e -C-1-2.x86_64@r3
#>rule job 66c10bffd661c740b0e10275b45d5f9b  E-2-1.i686@system
#>rule job 66c10bffd661c740b0e10275b45d5f9b  E-2-2.x86_64@system
#>rule job 7a57f99f759bde09ebf0e0f24e0d4dbe  D-3-1.noarch@r2
#>rule job 7a57f99f759bde09ebf0e0f24e0d4dbe  E-2-2.x86_64@system
#>rule pkg 3e44d068c017d174b5597dec268782b1 -C-1-2.x86_64@r3
#>rule pkg 3e44d068c017d174b5597dec268782b1 -C-2-1.x86_64@system
#>rule pkg 5415a6a8e772f03eaf8eda174da73f3d -B-2-1.x86_64@system
#>rule pkg 5415a6a8e772f03eaf8eda174da73f3d -B-2-2.noarch@r1
#>rule pkg b0ee41b8063e351d29dc258df8e6d931  C-1-2.x86_64@r3
#>rule pkg b0ee41b8063e351d29dc258df8e6d931  C-2-1.x86_64@system
#>rule pkg b0ee41b8063e351d29dc258df8e6d931 -D-3-1.noarch@r2
#>rule update 88a39601332b882b841857c94c978e27  B-2-1.x86_64@system
#>rule update 88a39601332b882b841857c94c978e27  B-2-2.noarch@r1
#>rule update c6e5de8be96d01ef5d71fed97e241528  E-2-1.i686@system
#>rule update fc2f19b7484ece7d9746a9f07eaa0f8e  C-2-1.x86_64@system
#>rule update fc2f19b7484ece7d9746a9f07eaa0f8e  E-2-2.x86_64@system
#>rule update fde3a3f683d5a2a0d0345761d6dd73ac  C-2-1.x86_64@system
#>unneeded_filtered B-2-1.x86_64@system
#>userinstalled pkg E-2-1.i686@system
#>userinstalled pkg E-2-2.x86_64@system
