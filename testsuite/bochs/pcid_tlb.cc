/* pcid_tlb.cc - a TLB that knows PCIDs, for Bochs 3.0.

   add-pcids puts this file into Bochs's cpu/ and includes it in paging.cc.

   Bochs takes the PCID bits of CR4, CR3 and INVPCID, but its TLB has no tags:
   each load of CR3 forgets everything that is not global, so no program
   ever sees a flush too few.  Here the TLB that Bochs looks into
   (DTLB and ITLB) holds the global translations and those of the current
   PCID.  At a load of CR3 those of the old PCID are put away, and those of the
   new one come back.  What is put away is never evicted, which makes this
   processor remember more than any real one: that is what it is for.

   SDM volume 3, section 4.10.4.1, says what each instruction forgets.

   This file becomes part of Bochs, and so has Bochs's licence:
   SPDX-License-Identifier: LGPL-2.1-or-later  */

#include <map>
#include <vector>

/* Slots of one TLB that may be in use, so that nobody has to look through all
   of them; and the translations of other PCIDs.  */
template <unsigned size> struct pcid_tlb
{
  std::vector<Bit16u> used;
  bool listed[size];
  std::map<unsigned, std::vector<bx_TLB_entry>> away;

  pcid_tlb () : listed () {}

  void list (unsigned slot)
  {
    if (!listed[slot])
      {
	listed[slot] = true;
	used.push_back (slot);
      }
  }

  /* Translations of the current PCID leave TLB; they go to KEPT, unless it is
     NULL.  */
  void leave (TLB<size> &tlb, std::vector<bx_TLB_entry> *kept)
  {
    size_t still = 0;

    for (Bit16u slot : used)
      {
	bx_TLB_entry *entry = &tlb.entry[slot];

	if (entry->valid () && (entry->accessBits & TLB_GlobalPage))
	  {
	    used[still++] = slot;
	    continue;
	  }
	if (entry->valid () && kept)
	  kept->push_back (*entry);
	entry->invalidate ();
	listed[slot] = false;
      }
    used.resize (still);
  }

  void come_back (TLB<size> &tlb, const std::vector<bx_TLB_entry> &kept)
  {
    for (const bx_TLB_entry &entry : kept)
      {
	unsigned slot = tlb.get_index_of (entry.lpf);

	if (tlb.entry[slot].valid ())
	  continue;		/* A global one is there.  */
	tlb.entry[slot] = entry;
	if (entry.lpf_mask > 0xfff)
	  tlb.split_large = true;
	list (slot);
      }
  }

  static void forget (std::vector<bx_TLB_entry> &kept, bx_address laddr)
  {
    size_t still = 0;

    for (const bx_TLB_entry &entry : kept)
      {
	bx_address page = ~(bx_address) entry.lpf_mask;

	if ((entry.lpf & page) != (laddr & page))
	  kept[still++] = entry;
      }
    kept.resize (still);
  }

  void load (TLB<size> &tlb, unsigned from, unsigned to, bool flush)
  {
    if (from == to)
      {
	if (flush)
	  leave (tlb, NULL);
	return;
      }
    leave (tlb, &away[from]);
    auto there = away.find (to);
    if (there == away.end ())
      return;
    if (!flush)
      come_back (tlb, there->second);
    away.erase (there);
  }

  void forget_page (TLB<size> &tlb, bool current, unsigned pcid,
		    bx_address laddr)
  {
    if (current)
      {
	std::vector<bx_TLB_entry> kept;

	leave (tlb, &kept);
	forget (kept, laddr);
	come_back (tlb, kept);
      }
    else if (away.count (pcid))
      forget (away[pcid], laddr);
  }

  void forget_pcid (TLB<size> &tlb, bool current, unsigned pcid)
  {
    if (current)
      leave (tlb, NULL);
    else
      away.erase (pcid);
  }
};

struct pcid_tlbs
{
  pcid_tlb<BX_DTLB_SIZE> data;
  pcid_tlb<BX_ITLB_SIZE> code;
};

void
BX_CPU_C::pcid_init (void)
{
  pcid = new pcid_tlbs;
}

/* Translations are about to change: nothing that Bochs remembers outside of the
   TLBs may survive.  */
void
BX_CPU_C::pcid_start (void)
{
  invalidate_prefetch_q ();
  invalidate_stack_cache ();
#if BX_SUPPORT_MONITOR_MWAIT
  BX_CPU_THIS_PTR wakeup_monitor ();
#endif
  BX_CPU_THIS_PTR iCache.breakLinks ();
}

/* MOV to CR3 with CR4.PCIDE set; CR3 still is the old one.  */
void
BX_CPU_C::pcid_load (bx_address cr3, bool flush)
{
  unsigned from = BX_CPU_THIS_PTR cr3 & 0xfff, to = cr3 & 0xfff;

  pcid_start ();
  pcid->data.load (BX_CPU_THIS_PTR DTLB, from, to, flush);
  pcid->code.load (BX_CPU_THIS_PTR ITLB, from, to, flush);
}

bool
BX_CPU_C::pcid_is_current (unsigned number)
{
  return !BX_CPU_THIS_PTR cr4.get_PCIDE ()
    || number == (BX_CPU_THIS_PTR cr3 & 0xfff);
}

/* INVPCID of type 0: one page of one PCID.  */
void
BX_CPU_C::pcid_forget_page (unsigned number, bx_address laddr)
{
  bool current = pcid_is_current (number);

  pcid_start ();
  pcid->data.forget_page (BX_CPU_THIS_PTR DTLB, current, number, laddr);
  pcid->code.forget_page (BX_CPU_THIS_PTR ITLB, current, number, laddr);
}

/* INVPCID of type 1: all of one PCID.  */
void
BX_CPU_C::pcid_forget (unsigned number)
{
  bool current = pcid_is_current (number);

  pcid_start ();
  pcid->data.forget_pcid (BX_CPU_THIS_PTR DTLB, current, number);
  pcid->code.forget_pcid (BX_CPU_THIS_PTR ITLB, current, number);
}

/* INVPCID of type 3: all but what is global.  */
void
BX_CPU_C::pcid_forget_all (void)
{
  TLB_flushNonGlobal ();
  pcid_drop ();
}

/* What is put away is no good any more, of whatever PCID.  */
void
BX_CPU_C::pcid_drop (void)
{
  pcid->data.away.clear ();
  pcid->code.away.clear ();
}

/* ENTRY is about to be used.  */
void
BX_CPU_C::pcid_note (const bx_TLB_entry *entry)
{
  const bx_TLB_entry *data = BX_CPU_THIS_PTR DTLB.entry;
  const bx_TLB_entry *code = BX_CPU_THIS_PTR ITLB.entry;

  if (entry >= data && entry < data + BX_DTLB_SIZE)
    pcid->data.list (entry - data);
  else if (entry >= code && entry < code + BX_ITLB_SIZE)
    pcid->code.list (entry - code);
}
