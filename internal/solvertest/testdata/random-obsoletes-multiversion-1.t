repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: F 2 2 noarch
#>=Prv: F = 2-2
#>=Prv: E
#>=Prq: D
#>=Tim: 100
#>=Pkg: F 2 1 noarch
#>=Prv: F = 2-1
#>=Req: E
#>=Tim: 100
#>=Pkg: D 2 1 noarch
#>=Prv: D = 2-1
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: G 2 1 noarch
#>=Prv: G = 2-1
#>=Prv: D = 3
#>=Req: F <> 3-1
#>=Tim: 200
#>=Pkg: E 2 2 noarch
#>=Prv: E = 2-2
#>=Prq: D < 3
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: F 1 2 noarch
#>=Prv: F = 1-2
#>=Prv: W >= 1-1
#>=Req: A > 3-1
#>=Req: D
#>=Tim: 100
system unset rpm system
solverflags keepexplicitobsoletes
job install name C
job install pkg F-1-2.noarch@r2
job install name D <= 3-1
job multiversion name E
job multiversion name A
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name F
#>job install name C
#>job install name D <= 3-1
#>job install pkg F-1-2.noarch@r2
#>job multiversion name A
#>job multiversion name E
#>orphaned D-2-1.noarch@system
#>problem c43b1300 info package C does not exist
#>problem c43b1300 solution 8635dbf5 deljob install name C
#>problem e6e574f8 info nothing provides A > 3-1 needed by F-1-2.noarch
#>problem e6e574f8 solution a8b06722 deljob install pkg F-1-2.noarch@r2
#>reason D-2-1.noarch@system unit 5f4cffb427f25a97e002249376a82448
#>reason F-1-2.noarch@r2 unit 43d47deff1ed84b89802efd53bd5d870
#>reason F-2-1.noarch@system keep bc6683be799f96cf65b0a7f52ecf6c7e
#>reason F-2-2.noarch@system keep d7c57da16c81c14ba20a327ba76a7f82
#>rule feature 6b525adaa3ee3bebdfdd1654024cbd25  F-1-2.noarch@r2
#>rule feature 6b525adaa3ee3bebdfdd1654024cbd25  F-1-2.noarch@r2
#>rule feature 6b525adaa3ee3bebdfdd1654024cbd25  F-2-1.noarch@system
#>rule feature 6b525adaa3ee3bebdfdd1654024cbd25  F-2-1.noarch@system
#>rule feature 6b525adaa3ee3bebdfdd1654024cbd25  F-2-2.noarch@system
#>rule feature 6b525adaa3ee3bebdfdd1654024cbd25  F-2-2.noarch@system
#>rule job 5f4cffb427f25a97e002249376a82448  D-2-1.noarch@system
#>rule job b4095e05694bfc9dc52402aea41f016c  F-1-2.noarch@r2
#>rule job beef1429fb5f1fd77d770752163fa47a -@SYSTEM
#>rule pkg 43d47deff1ed84b89802efd53bd5d870 -F-1-2.noarch@r2
#>rule pkg 7c327903dc8d9dec2ec4cbd2b297e020 -F-1-2.noarch@r2
#>rule pkg 7c327903dc8d9dec2ec4cbd2b297e020 -F-2-2.noarch@system
#>rule pkg 8c33bc7e38330e4b34a7589045edbfb9 -F-1-2.noarch@r2
#>rule pkg 8c33bc7e38330e4b34a7589045edbfb9 -F-2-1.noarch@system
#>rule pkg a6fac6669190781ba9ec11c30ffcef9d  F-1-2.noarch@r2
#>rule pkg a6fac6669190781ba9ec11c30ffcef9d  F-2-1.noarch@system
#>rule pkg a6fac6669190781ba9ec11c30ffcef9d  F-2-2.noarch@system
#>rule pkg a6fac6669190781ba9ec11c30ffcef9d -G-2-1.noarch@r1
#>rule pkg bb5828a8f18814a10b1b8c137633d981  E-2-2.noarch@r1
#>rule pkg bb5828a8f18814a10b1b8c137633d981  F-2-2.noarch@system
#>rule pkg bb5828a8f18814a10b1b8c137633d981 -F-2-1.noarch@system
#>rule pkg c6f5f9481fdf68a0db24e990bcbf6eba  D-2-1.noarch@system
#>rule pkg c6f5f9481fdf68a0db24e990bcbf6eba  G-2-1.noarch@r1
#>rule pkg c6f5f9481fdf68a0db24e990bcbf6eba -F-2-2.noarch@system
#>rule pkg ec836d22720e9acc24a8ce79e3cda469  D-2-1.noarch@system
#>rule pkg ec836d22720e9acc24a8ce79e3cda469  G-2-1.noarch@r1
#>rule pkg ec836d22720e9acc24a8ce79e3cda469 -F-1-2.noarch@r2
#>rule pkg ffc2488a218185b2bc040a1e17689f45  D-2-1.noarch@system
#>rule pkg ffc2488a218185b2bc040a1e17689f45 -E-2-2.noarch@r1
#>rule update 5f4cffb427f25a97e002249376a82448  D-2-1.noarch@system
#>rule update bc6683be799f96cf65b0a7f52ecf6c7e  F-2-1.noarch@system
#>rule update bc6683be799f96cf65b0a7f52ecf6c7e  F-2-2.noarch@system
#>rule update d7c57da16c81c14ba20a327ba76a7f82  F-2-2.noarch@system
#>unneeded F-2-2.noarch@system
#>unneeded_filtered F-2-1.noarch@system
#>userinstalled pkg D-2-1.noarch@system
