# lguest.m4 - what configure asks for lguest alone.
# SPDX-License-Identifier: GPL-2.0-or-later

# LG_COMPILER_WARNINGS
# --------------------
# Set WARNING_CFLAGS.
AC_DEFUN([LG_COMPILER_WARNINGS], [
AC_ARG_ENABLE([werror],
  [AS_HELP_STRING([--enable-werror], [make compiler warnings errors])],
  [], [enable_werror=no])
WARNING_CFLAGS=
AS_IF([test "$GCC" = yes],
  [WARNING_CFLAGS="-Wall -Wextra -Wmissing-prototypes -Wstrict-prototypes"
   AS_IF([test "$enable_werror" = yes],
     [WARNING_CFLAGS="$WARNING_CFLAGS -Werror"])])
AC_SUBST([WARNING_CFLAGS])
])

# LG_WITH_COMPRESSION(LIBRARY, FORMATS, HEADER, FUNCTION)
# -------------------------------------------------------
# An optional library that unpacks kernels.  Define HAVE_<LIBRARY>, add to
# LIBS and to $compressions.
AC_DEFUN([LG_WITH_COMPRESSION], [
AC_ARG_WITH([$1],
  [AS_HELP_STRING([--with-$1=auto|yes|no], [kernels packed by $2])],
  [], [with_$1=auto])
lg_have_$1=no
AS_IF([test "$with_$1" != no],
  [AC_CHECK_HEADER([$3],
     [AC_CHECK_LIB([$1], [$4], [lg_have_$1=yes])])
   AS_IF([test "$with_$1$lg_have_$1" = yesno],
     [AC_MSG_ERROR([--with-$1: there is no usable lib$1])])])
AS_IF([test "$lg_have_$1" = yes],
  [LIBS="-l$1 $LIBS"
   compressions="$compressions, $2"
   AC_DEFINE([HAVE_]m4_toupper([$1]), [1],
     [Define to 1 to unpack kernels by lib$1.])])
])

# LG_WITH_LINUX
# -------------
# Find the kernel to build lg.ko for.  Set LINUX_DIR, its build tree, and
# LINUX_RELEASE; or else $no_module, the reason.  Define conditional
# BUILD_MODULE.
AC_DEFUN([LG_WITH_LINUX], [
AC_ARG_WITH([linux],
  [AS_HELP_STRING([--with-linux=DIR],
    [build lg.ko for the kernel whose headers or build tree are in DIR
     [the running kernel's]; --without-linux: do not build it])],
  [], [with_linux=auto])
AC_MSG_CHECKING([for the kernel to build lg.ko for])
LINUX_DIR=
LINUX_RELEASE=
no_module=
AS_CASE([$with_linux],
  [no], [no_module="--without-linux was given"],
  [yes | auto], [LINUX_DIR=/lib/modules/`uname -r`/build],
  [LINUX_DIR=$with_linux])
AS_IF([test "$LINUX_DIR"],
  [AS_IF([test -f "$LINUX_DIR/Makefile" &&
	  test -r "$LINUX_DIR/include/generated/utsrelease.h"],
     [# Debian's kernel.release is not the release that modules are made for.
      LINUX_RELEASE=`sed -n 's/^#define UTS_RELEASE "\(.*\)"/\1/p' \
	"$LINUX_DIR/include/generated/utsrelease.h"`],
     [AS_IF([test "$with_linux" != auto],
	[AC_MSG_RESULT([])
	 AC_MSG_ERROR([$LINUX_DIR is no build tree of a kernel (Debian:
  linux-headers-...), or it was not built yet])])
      no_module="no kernel headers in $LINUX_DIR; give --with-linux=DIR"
      LINUX_DIR=])])
AS_IF([test "$LINUX_DIR"], [AC_MSG_RESULT([$LINUX_RELEASE])],
  [AC_MSG_RESULT([none])])
AC_SUBST([LINUX_DIR])
AC_SUBST([LINUX_RELEASE])
AM_CONDITIONAL([BUILD_MODULE], [test "$LINUX_DIR"])
])

# LG_WITH_CONFINEMENT(PACKAGE, LIBRARY, HEADER, FUNCTION, DEBIAN, WHAT, HELP)
# -------------------------------------------------------------------------
# Offer --with-PACKAGE=auto|yes|no.  If the library is there, add it to
# CONFINE_LIBS and define HAVE_PACKAGE.  Say so in $confinement.
AC_DEFUN([LG_WITH_CONFINEMENT], [
AC_ARG_WITH([$1],
  [AS_HELP_STRING([--with-$1=auto|yes|no], [$7])],
  [], [AS_VAR_SET(AS_TR_SH([with_$1]), [auto])])
AS_VAR_COPY([lg_with], AS_TR_SH([with_$1]))
lg_have=no
AS_IF([test "$lg_with" != no],
  [AC_CHECK_HEADER([$3], [AC_CHECK_LIB([$2], [$4], [lg_have=yes])])
   AS_IF([test "$lg_with$lg_have" = yesno],
     [AC_MSG_ERROR([--with-$1: there is no usable $1 (Debian: $5)])])])
AS_IF([test "$lg_have" = yes],
  [CONFINE_LIBS="$CONFINE_LIBS -l$2"
   confinement="$confinement, $6"
   AC_DEFINE(AS_TR_CPP([HAVE_$1]), [1],
     [Define to 1 to confine guests by $1.])],
  [confinement="$confinement; no $6 (Debian: $5)"])
])

# LG_STATIC_PROGRAMS
# ------------------
# Can programs be linked that need no C library where they run?  Set
# conditional HAVE_STATIC_PROGRAMS.
AC_DEFUN([LG_STATIC_PROGRAMS], [
AC_CACHE_CHECK([for a static C library], [lg_cv_static_programs],
  [lg_save_LDFLAGS=$LDFLAGS
   lg_save_LIBS=$LIBS
   LDFLAGS="$LDFLAGS -static"
   LIBS=
   AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
     [lg_cv_static_programs=yes], [lg_cv_static_programs=no])
   LDFLAGS=$lg_save_LDFLAGS
   LIBS=$lg_save_LIBS])
AM_CONDITIONAL([HAVE_STATIC_PROGRAMS], [test "$lg_cv_static_programs" = yes])
])

# LG_SANITIZERS
# -------------
# Can the compiler look for undefined behaviour while tests run?  Set
# SANITIZER_CFLAGS, and conditional HAVE_SANITIZERS.
AC_DEFUN([LG_SANITIZERS], [
AC_CACHE_CHECK([for the compiler's sanitizers], [lg_cv_sanitizers],
  [lg_save_CFLAGS=$CFLAGS
   CFLAGS="$CFLAGS -fsanitize=address,undefined -fno-sanitize-recover=all"
   AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
     [lg_cv_sanitizers=yes], [lg_cv_sanitizers=no])
   CFLAGS=$lg_save_CFLAGS])
SANITIZER_CFLAGS='-fsanitize=address,undefined -fno-sanitize-recover=all'
AC_SUBST([SANITIZER_CFLAGS])
AM_CONDITIONAL([HAVE_SANITIZERS], [test "$lg_cv_sanitizers" = yes])
])
