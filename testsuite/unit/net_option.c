/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net_option.c - what users say about networks, and what root allows them.
 */
#include <config.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net_helper_list.h"
#include "net_interface.h"
#include "net_option.h"
#include "unit.h"

static void
test_types (void)
{
  static const char *const bad[] =
    { "", "tap:", "tap:fd=", "tap:fd=x", "tap:fd=-1", "tap:fd=99999999999",
      "tap:..", "tap:a b", "tap:a/b", "tap:lg%d", "tap:abcdefghijklmnop",
      "taps", "user:", "USER" };
  struct net_type type;
  struct failure failure;
  size_t i;

  check (net_option_parse_type (&type, "tap", &failure)
         && type.kind == NET_KIND_TAP && type.fd == -1
         && !type.interface[0], "tap");
  check (net_option_parse_type (&type, "tap:abcdefghijklmno", &failure)
         && strcmp (type.interface, "abcdefghijklmno") == 0, "tap:NAME");
  check (net_option_parse_type (&type, "tap:fd=3", &failure) && type.fd == 3
         && !type.interface[0], "tap:fd=3");
  check (net_option_parse_type (&type, "user", &failure)
         && type.kind == NET_KIND_USER, "user");
  for (i = 0; i < sizeof bad / sizeof *bad; i++)
    check (!net_option_parse_type (&type, bad[i], &failure)
           && failure.status == STATUS_USAGE, "no type: \"%s\"", bad[i]);
}

static void
test_addresses (void)
{
  static const char *const bad[] =
    { "", "1.2.3.4", "1.2.3.4/", "1.2.3.4/0", "1.2.3.4/33", "1.2.3.4/8x",
      "1.2.3/8", "/8", "1.2.3.4.5/8", "255.255.255.255255255/24", "::1/64",
      "1.2.3.4/-1" };
  struct net_address ip;
  struct failure failure;
  size_t i;

  check (net_option_parse_ip (&ip, "10.1.2.3/30", &failure)
         && ip.prefix == 30 && ntohl (ip.address.s_addr) == 0x0a010203,
         "10.1.2.3/30");
  for (i = 0; i < sizeof bad / sizeof *bad; i++)
    check (!net_option_parse_ip (&ip, bad[i], &failure),
           "no address: \"%s\"", bad[i]);
}

static void
test_forwards (void)
{
  static const struct
  {
    const char *text;
    bool udp;
    const char *address;
    unsigned host, guest;
  } good[] =
  {
    { "tcp:2222:22", false, "", 2222, 22 },
    { "udp:53:5353", true, "", 53, 5353 },
    { "tcp:80", false, "", 80, 80 },
    { "tcp:0.0.0.0:8080:80", false, "0.0.0.0", 8080, 80 },
    { "tcp:::1:8080:80", false, "::1", 8080, 80 },
    { "udp:65535:1", true, "", 65535, 1 },
  };
  static const char *const bad[] =
    { "", "tcp", "tcp:", "80", "2222:22", "tcp:0:22", "tcp:22:0",
      "tcp:65536:22", "tcp:22:65536", "tcp:a:b", "tcp:1.2.3:1:2",
      "sctp:1:2", "tcpx:1:2", "tcp:1:2:3", "tcp:1.2.3.4/eth0:1:2",
      "tcp:-1:2", "tcp: 1:2", "tcp:host:1:2",
      "tcp:1111111111111111111111111111111111111111111111111111111111111111"
      "1111111111111111111111111111111111111:1:2" };
  struct net_forward forward;
  struct failure failure;
  size_t i;

  for (i = 0; i < sizeof good / sizeof *good; i++)
    check (net_option_parse_forward (&forward, good[i].text, &failure)
           && forward.udp == good[i].udp
           && strcmp (forward.address, good[i].address) == 0
           && forward.host_port == good[i].host
           && forward.guest_port == good[i].guest, "forwards: %s",
           good[i].text);
  for (i = 0; i < sizeof bad / sizeof *bad; i++)
    check (!net_option_parse_forward (&forward, bad[i], &failure),
           "forwards nothing: \"%.30s\"", bad[i]);
}

static void
test_tunnet (void)
{
  static const char *const bad[] =
    { "", "bridge:", "bridge", "1.2.3", "1.2.3.4:", "1.2.3.4:52:54",
      "bridge:br0:", "bridge:br0:zz", "bridge:a/b", "1.2.3.4/24", "::1" };
  struct net_option option;
  struct failure failure;
  size_t i;

  check (net_option_from_tunnet (&option, "192.168.7.1", &failure)
         && strcmp (option.ip, "192.168.7.1/24") == 0 && !option.mac
         && !option.bridge && option.offloads, "classic: an address");
  net_option_free (&option);
  check (net_option_from_tunnet (&option, "1.2.3.4:52:54:0:0:0:1", &failure)
         == false, "classic: an address and a bad one of the card");
  net_option_free (&option);
  check (net_option_from_tunnet (&option, "bridge:br0:52:54:00:00:00:01",
                                 &failure)
         && strcmp (option.bridge, "br0") == 0 && !option.ip
         && strcmp (option.mac, "52:54:00:00:00:01") == 0,
         "classic: a bridge and a card's address");
  net_option_free (&option);
  for (i = 0; i < sizeof bad / sizeof *bad; i++)
    {
      check (!net_option_from_tunnet (&option, bad[i], &failure),
             "classic: not \"%s\"", bad[i]);
      net_option_free (&option);
    }
}

/* We are in group 7. */
static bool
has_group (gid_t group)
{
  return group == 7;
}

static void
test_list (void)
{
  static const struct
  {
    const char *text;
    enum net_helper_result result;
    unsigned line;
  } lists[] =
  {
    { "", NET_HELPER_REFUSED, 0 },
    { "allow br0", NET_HELPER_DONE, 0 },
    { "allow br0\n", NET_HELPER_DONE, 0 },
    { "\tallow\t br0 \r\n", NET_HELPER_DONE, 0 },
    { "allow br0 7\n", NET_HELPER_DONE, 0 },
    { "allow br0 8\n", NET_HELPER_REFUSED, 0 },
    { "allow br0 8\nallow br0 7\n", NET_HELPER_DONE, 0 },
    { "allow br0 7\nallow br0 8\n", NET_HELPER_DONE, 0 },
    { "allow br0 4294967303\n", NET_HELPER_REFUSED, 0 },
    { "allow br0 4294967295\n", NET_HELPER_REFUSED, 0 },
    { "allow br0 7x\n", NET_HELPER_REFUSED, 0 },
    { "allow br0 -7\n", NET_HELPER_REFUSED, 0 },
    { "allow br0 no-such-group-anywhere\n", NET_HELPER_REFUSED, 0 },
    { "allow br01\nallow br\nallow BR0\n", NET_HELPER_REFUSED, 0 },
    { "#allow br0\n", NET_HELPER_REFUSED, 0 },
    { "allow br1 # br0\n", NET_HELPER_REFUSED, 0 },
    { "allow br0#\n", NET_HELPER_DONE, 0 },
    { "allow br0\nallow\n", NET_HELPER_BAD_LIST, 2 },
    { "allow br0\n\n\nallow br0 7 8\n", NET_HELPER_BAD_LIST, 4 },
    { "allow br0\ndeny br0\n", NET_HELPER_BAD_LIST, 2 },
    { "Allow br0\n", NET_HELPER_BAD_LIST, 1 },
    { "allow br*\n", NET_HELPER_REFUSED, 0 },
    { "allow /br0\n", NET_HELPER_BAD_LIST, 1 },
    { "allowbr0\n", NET_HELPER_BAD_LIST, 1 },
  };
  static char longest[1000];
  size_t i;

  for (i = 0; i < sizeof lists / sizeof *lists; i++)
    {
      const char *text = lists[i].text;
      FILE *file = *text ? fmemopen ((void *) text, strlen (text), "r")
        : fopen ("/dev/null", "r");
      enum net_helper_result result;
      unsigned line = 0;

      if (!file)
        abort ();
      result = net_helper_list_look (file, "br0", has_group, &line);
      if (!check (result == lists[i].result
                  && (!lists[i].line || line == lists[i].line),
                  "list %zu", i))
        explain ("%s: %d, line %u", text, result, line);
      fclose (file);
    }
  for (i = 200; i < 300; i += 11)
    {
      /* "allow br0 ", then a comment that makes the line too long. */
      FILE *file;
      unsigned line;
      bool allowed;

      memset (longest, 'x', sizeof longest);
      memcpy (longest, "allow br0 #", 11);
      memcpy (longest + i, "\nallow br1\n", 12);
      file = fmemopen (longest, strlen (longest), "r");
      allowed = net_helper_list_look (file, "br0", has_group, &line)
        == NET_HELPER_DONE;
      check (allowed == (i < 255), "a line of %zu characters", i);
      fclose (file);
    }
}

int
main (void)
{
  test_types ();
  test_addresses ();
  test_forwards ();
  test_tunnet ();
  test_list ();
  return finish ();
}
